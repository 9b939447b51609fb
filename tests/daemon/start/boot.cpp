#include "daemon/start/boot.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>

#include "daemon/common/clock.h"

using supervisor::parse_boot_id;

TEST(BootId, IsReadWithAndWithoutDashes)
{
    const base::BootId id{0x0f, 0x9a, 0x88, 0x16, 0x9b, 0x0d, 0x4f, 0x0b,
                          0x8e, 0x27, 0x5c, 0x8d, 0x4a, 0x6b, 0x10, 0xff};
    EXPECT_EQ(parse_boot_id("0f9a8816-9b0d-4f0b-8e27-5c8d4a6b10ff"), id); // in the kernel's form
    EXPECT_EQ(parse_boot_id("0f9a88169b0d4f0b8e275c8d4a6b10ff"), id);     // in the form of a unit's %b
    EXPECT_EQ(parse_boot_id("0F9A88169B0D4F0B8E275C8D4A6B10FF"), id);
}

TEST(BootId, IsNotReadFromOtherText)
{
    for (const std::string text :
         {"", "%b", "-", "0f9a88169b0d4f0b8e275c8d4a6b10f", "x0f9a88169b0d4f0b8e275c8d4a6b10f",
          "0f9a88169b0d4f0b8e275c8d4a6b10ff0", "00000000000000000000000000000000"}) {
        EXPECT_EQ(parse_boot_id(text), std::nullopt) << text;
    }
}

TEST(PointOfStart, HasTheUnitsBootIdOrElseTheKernels)
{
    ::setenv("NANODNSD_BOOT_ID", "0102030405060708090a0b0c0d0e0f10", 1);
    const base::FixedPoint given = supervisor::point_of_start();
    EXPECT_EQ(given.boot[0], 1);
    EXPECT_EQ(given.boot[15], 16);
    EXPECT_GT(given.time, base::UnixTime{base::Seconds{1600000000}});
    EXPECT_GT(given.uptime.count(), 0);
    EXPECT_LE(given.uptime, common::uptime());
    ::setenv("NANODNSD_BOOT_ID", "%b", 1);
    const base::BootId kernels = supervisor::point_of_start().boot;
    ::unsetenv("NANODNSD_BOOT_ID");
    EXPECT_EQ(supervisor::point_of_start().boot, kernels);
    EXPECT_NE(kernels, base::BootId{});
    EXPECT_NE(kernels, given.boot);
}
