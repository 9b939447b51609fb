// A config with one host more, and checks that it is in force.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "tests/support/daemon.h"

namespace support
{

inline constexpr const char* more_hosts = "[@more]\na = 192.0.2.81\n";

inline std::string config_with_more_hosts(const std::string& of_server = "", const std::string& of_http = "")
{
    return server_config(of_server, "", of_http) + sample_hosts() + more_hosts;
}

inline std::string update_of_home(const std::string& address)
{
    return "hostname=home.dyn.example.org&token=secret&ipv4=" + address;
}

inline void expect_all_at_work(Daemon& daemon, const std::string& address)
{
    EXPECT_EQ(daemon.update(update_of_home(address)), "200 ok updated") << daemon.process().output();
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), address);
    EXPECT_EQ(daemon.dig("more.dyn.example.org", "A"), "192.0.2.81");
}

} // namespace support
