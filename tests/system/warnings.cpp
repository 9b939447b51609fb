// Warnings: nanodnsd -n, each start and each reload list config lines that are valid but probably unintended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

/// One warning: the mail server's name is in the zone, but does not exist.
const std::string with_warning = support::server_config() + "[@home]\ntoken=quite-secret\n"
                                                            "mx=10 gone.dyn.example.org\n";
const std::string warning =
    ": warning: mx: found gone.dyn.example.org, which does not exist, expected a host with "
    "an address";

TEST(Warnings, OfACheckAreMarkedAndTheStatusIs0)
{
    Daemon daemon;
    daemon.configure(with_warning);
    const auto check =
        support::run({support::installation() + "/bin/nanodnsd", "-n", "-c", daemon.config_path()});
    EXPECT_EQ(check.status, 0);
    EXPECT_THAT(check.output, HasSubstr(warning + '\n'));
    EXPECT_THAT(check.output, HasSubstr("home.dyn.example.org. dynamic"));
}

TEST(Warnings, AreLoggedAtAStartAndTheZoneIsServed)
{
    support::DaemonStart start;
    start.config = with_warning;
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_TRUE(daemon.logs(warning));
    daemon.read_ports();
    EXPECT_TRUE(daemon.logs("serving"));
}

TEST(Warnings, AreLoggedAtAReload)
{
    Daemon daemon;
    daemon.configure(with_warning);
    EXPECT_TRUE(daemon.reload(warning));
    EXPECT_TRUE(daemon.logs("serving"));
}

} // namespace
