// The daemon if neither the service manager nor /proc has the boot's id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;
using testing::Not;

constexpr const char* no_boot_id =
    "neither NANODNSD_BOOT_ID nor /proc/sys/kernel/random/boot_id says which boot";

void hide_the_kernels()
{
    const int user = ::geteuid() == 0 ? 0 : CLONE_NEWUSER;
    if (::unshare(CLONE_NEWNS | user) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/proc/sys/kernel/random", "tmpfs", MS_RDONLY, nullptr) != 0) {
        ::_exit(127);
    }
}

TEST(BootId, IsReportedOnceIfItIsMissingAndTheAddressesStay)
{
    support::DaemonStart start;
    start.before_exec = hide_the_kernels;
    Daemon daemon{start};
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    ASSERT_TRUE(daemon.reload());
    daemon.replace("keeper", SIGKILL);
    const std::string log = daemon.process().output();
    const std::size_t at = log.find(no_boot_id);
    ASSERT_NE(at, std::string::npos) << log;
    EXPECT_EQ(log.find(no_boot_id, at + 1), std::string::npos) << log;
    EXPECT_EQ(daemon.stop(), 0);
    daemon.start();
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
}

TEST(BootId, ComesFromTheUnitOrTheKernel)
{
    support::DaemonStart start;
    Daemon with_kernels{start};
    EXPECT_THAT(with_kernels.process().output(), Not(HasSubstr(no_boot_id)));
    start.before_exec = hide_the_kernels;
    start.environment = {"NANODNSD_BOOT_ID=0f9a88169b0d4f0b8e275c8d4a6b10ff"};
    Daemon with_units{start};
    EXPECT_THAT(with_units.process().output(), Not(HasSubstr(no_boot_id)));
}

} // namespace
