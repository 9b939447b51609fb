// `nanodnsctl doctor` beside a real daemon with a control socket.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "tests/support/daemon.h"

namespace doctor_test
{

using support::Result;
using testing::HasSubstr;

inline const std::string good_hosts = "[@home]\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1A\nexpire = 35d\n";

/// A control socket, and `nanodnsctl doctor` for the daemon that serves it.
class Patient : public testing::Test
{
protected:
    std::string config(const std::string& more = good_hosts) const
    {
        return config_of(support::server_config(), more);
    }
    std::string config_of(const std::string& server, const std::string& more) const
    {
        return server + "[control]\nsocket = " + socket_ + "\n" + more;
    }
    support::Start command(std::vector<std::string> arguments = {}) const
    {
        arguments.insert(arguments.begin(), {support::installation() + "/bin/nanodnsctl", "doctor"});
        return {std::move(arguments),
                {"NANODNSD_SOCKET=" + socket_, "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere"}};
    }
    Result doctor(std::vector<std::string> arguments = {}) const
    {
        return support::run(command(std::move(arguments)));
    }
    std::string said() const { return doctor().output; }
    /// As the daemon's log wants it: only root, and the group that the daemon of a test has, can read the
    /// config.
    static void close(const support::Daemon& daemon)
    {
        constexpr gid_t nogroup = 65534;
        if (::geteuid() == 0) {
            EXPECT_EQ(::chown(daemon.config_path().c_str(), 0, nogroup), 0);
        }
        ::chmod(daemon.config_path().c_str(), 0640);
    }

    support::Folder folder_;
    const std::string socket_ = folder_ / "control";
};

} // namespace doctor_test
