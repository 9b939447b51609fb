#include "daemon/supervisor/sandbox_report.h"

#include <gtest/gtest.h>

namespace
{

using privsep::SandboxLayer;
using supervisor::SandboxReport;

constexpr std::uint32_t all = ~std::uint32_t{0};

constexpr std::uint32_t all_but(SandboxLayer layer)
{
    return all & ~static_cast<std::uint32_t>(layer);
}

TEST(SandboxReport, IsShortIfNoLayerIsMissing)
{
    SandboxReport report;
    report.add_reason(SandboxLayer::landlock, "refused");
    EXPECT_EQ(report.text(all), "sandbox: complete");
}

TEST(SandboxReport, NamesEachMissingLayerWithItsFirstReason)
{
    SandboxReport report;
    report.add_reason(SandboxLayer::empty_root, "no CAP_SYS_CHROOT");
    report.add_reason(SandboxLayer::empty_root, "another");
    report.add_reason(SandboxLayer::landlock, "the kernel says: Function not implemented");
    EXPECT_EQ(report.text(all_but(SandboxLayer::empty_root) & all_but(SandboxLayer::landlock)),
              "sandbox: all required layers are in place; missing: empty root directory (no CAP_SYS_CHROOT); "
              "Landlock (the kernel says: Function not implemented)");
}

} // namespace
