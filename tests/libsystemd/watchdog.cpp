// sd_watchdog_enabled(3) and the daemon, with the same environment.
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <systemd/sd-daemon.h>

#include "daemon/start/service_manager.h"
#include "tests/libsystemd/oracle.h"

namespace
{

using oracle::Environment;

std::string period_of_libsystemd()
{
    std::uint64_t period = 0;
    return ::sd_watchdog_enabled(0, &period) > 0 ? std::to_string(period) : "none";
}

std::string period_of_the_daemon()
{
    const auto period = supervisor::watchdog_period();
    return period ? std::to_string(period->count()) : "none";
}

void expect_same_period(Environment environment)
{
    EXPECT_EQ(oracle::seen_in(environment, 0, period_of_the_daemon),
              oracle::seen_in(environment, 0, period_of_libsystemd))
        << environment["WATCHDOG_USEC"] << " " << environment["WATCHDOG_PID"];
}

TEST(SdWatchdogEnabled, SaysThePeriodOfTheDaemon)
{
    expect_same_period({});
    for (const char* microseconds : {"30000000", "0", "1", "999", "1000", "30000001", "1000000000000",
                                     "1000000000001", "9223372036854775807",
                                     "18446744073709551615", // no limit
                                     "18446744073709551616", "", "soon", "5 ", "-5"}) {
        expect_same_period({{"WATCHDOG_USEC", microseconds}});
    }
}

TEST(SdWatchdogEnabled, IsForTheProcessesThatTheDaemonTakesItFor)
{
    expect_same_period({{"WATCHDOG_PID", "self"}});
    for (const char* pid : {"self", "1", "0001", "0", "", "me", "-1", "99999999999"}) {
        expect_same_period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", pid}});
    }
}

} // namespace
