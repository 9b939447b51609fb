#include "proto/base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace
{

using base::Bytes;
using base::Reader;
using base::Writer;

constexpr std::array<std::uint8_t, 15> bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(LoadLittleEndian, ReadsAnyNumberOfBytes)
{
    std::uint64_t expected = 0;
    for (std::size_t size = 0; size < 8; ++size) {
        EXPECT_EQ(base::load_little_endian(Bytes{bytes}.first(size)), expected) << size;
        expected |= std::uint64_t{bytes[size]} << 8 * size;
    }
}

TEST(Reader, ReadsIntegersInNetworkOrder)
{
    Reader in{bytes};
    EXPECT_EQ(in.u8(), 0x01);
    EXPECT_EQ(in.u16(), 0x0203);
    EXPECT_EQ(in.u32(), 0x04050607U);
    EXPECT_EQ(in.u64(), 0x08090A0B0C0D0E0FU);
    EXPECT_TRUE(in.finished());
}

TEST(Reader, LatchesTheFirstReadPastTheEnd)
{
    Reader in{Bytes{bytes}.first(3)};
    in.u8();
    EXPECT_EQ(in.u32(), 0U);
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.u8(), 0); // although two bytes are left
    EXPECT_EQ(in.left(), 0U);
    EXPECT_FALSE(in.finished());
    EXPECT_EQ(in.position(), 1U);
}

TEST(Reader, IsNotFinishedWhileBytesAreLeft)
{
    Reader in{bytes};
    in.take(14);
    EXPECT_TRUE(in.ok());
    EXPECT_FALSE(in.finished());
    EXPECT_EQ(in.left(), 1U);
}

TEST(Reader, TakesNothingIfTooFewBytesAreLeft)
{
    Reader in{bytes};
    EXPECT_TRUE(in.take(16).empty());
    EXPECT_FALSE(in.ok());
    Reader huge{bytes};
    huge.u8();
    EXPECT_TRUE(huge.take(static_cast<std::size_t>(-1)).empty()); // no overflow
    EXPECT_FALSE(huge.ok());
}

TEST(Reader, TakesAllThatIsLeft)
{
    Reader in{bytes};
    EXPECT_EQ(in.take(15).size(), 15U);
    EXPECT_TRUE(in.finished());
    EXPECT_TRUE(in.take(0).empty());
    EXPECT_TRUE(in.ok());
}

TEST(Reader, ReturnsAnArrayOfZerosAfterAnError)
{
    Reader in{Bytes{bytes}.first(3)};
    EXPECT_EQ(in.bytes<4>(), (std::array<std::uint8_t, 4>{}));
    EXPECT_FALSE(in.ok());
}

TEST(Writer, WritesIntegersInNetworkOrder)
{
    std::array<std::uint8_t, 15> room{};
    Writer out{room};
    out.u8(0x01);
    out.u16(0x0203);
    out.u32(0x04050607);
    out.u64(0x08090A0B0C0D0E0F);
    EXPECT_TRUE(out.ok());
    EXPECT_EQ(room, bytes);
    EXPECT_EQ(out.left(), 0U);
}

TEST(Writer, WritesNoPartOfAValueThatDoesNotFitAndLatches)
{
    std::array<std::uint8_t, 3> room{};
    Writer out{room};
    out.u16(0x0102);
    out.u16(0x0304);
    EXPECT_FALSE(out.ok());
    out.u8(5); // would fit
    EXPECT_EQ(out.size(), 2U);
    EXPECT_THAT(room, testing::ElementsAre(1, 2, 0));
}

TEST(Writer, ClearsAnOverflowWhenItRewinds)
{
    std::array<std::uint8_t, 3> room{};
    Writer out{room};
    out.u8(1);
    out.u32(2);
    out.rewind(1);
    EXPECT_TRUE(out.ok());
    out.u16(0x0203);
    EXPECT_THAT(room, testing::ElementsAre(1, 2, 3));
}

TEST(Writer, OverwritesBytesAlreadyWritten)
{
    std::array<std::uint8_t, 4> room{};
    Writer out{room};
    out.u32(0);
    out.patch_u16(1, 0x0A0B);
    EXPECT_THAT(out.written(), testing::ElementsAre(0, 0x0A, 0x0B, 0));
}

} // namespace
