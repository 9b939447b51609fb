// sd_listen_fds_with_names(3) and the daemon, with the same environment.
#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <systemd/sd-daemon.h>

#include "daemon/start/service_manager.h"
#include "tests/libsystemd/oracle.h"

namespace
{

using oracle::Environment;
using oracle::first_passed;

/// What of the variables is still set.
std::string variables_left()
{
    std::string left;
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        left += std::getenv(name) != nullptr ? std::string{"; left: "} + name : "";
    }
    return left;
}

std::string described(int fd, const std::string& name)
{
    const bool is_closed_on_exec = ::fcntl(fd, F_GETFD) == FD_CLOEXEC;
    return " " + std::to_string(fd) + (is_closed_on_exec ? "" : "!") + "[" + name + "]";
}

std::string libsystemd_sees()
{
    char** names = nullptr; // freed by the exit of this process
    const int count = ::sd_listen_fds_with_names(1, &names);
    if (count < 0) {
        return "error";
    }
    std::string text = count == 0 ? "none" : "";
    for (int i = 0; i < count; ++i) {
        text += described(first_passed + i, names[i]);
    }
    return text + variables_left();
}

std::string the_daemon_sees()
{
    const auto passed = supervisor::take_passed_sockets();
    std::string text = passed ? "" : "none";
    for (std::size_t i = 0; passed && i < passed->size(); ++i) {
        text += described((*passed)[i].fd.get(), (*passed)[i].name);
    }
    return text + variables_left();
}

struct Passing {
    Environment environment;
    int open = 2;              ///< descriptors that are there
    std::string expected = {}; ///< to show that the library sees what the test means; empty: not shown
};

/// What a failing test shows.
std::string text_of(const Environment& environment)
{
    std::string text;
    for (const auto& [name, value] : environment) {
        text.append(name).append("='").append(value).append("' ");
    }
    return text;
}

void expect_agreement(const Passing& passing)
{
    const auto& [environment, open, expected] = passing;
    const std::string theirs = oracle::seen_in(environment, open, libsystemd_sees);
    EXPECT_EQ(oracle::seen_in(environment, open, the_daemon_sees), theirs) << text_of(environment);
    EXPECT_TRUE(expected.empty() || theirs == expected) << text_of(environment) << theirs;
}

Environment passing(const std::string& count)
{
    return {{"LISTEN_PID", "self"}, {"LISTEN_FDS", count}};
}

TEST(SdListenFds, SeesAsManySocketsAsTheDaemon)
{
    const std::array cases{
        Passing{{}, 0, "none"},
        Passing{{}, 2, "none"},
        Passing{passing("0"), 2, "error"},
        Passing{passing("1"), 2, " 3[unknown]"},
        Passing{passing("2"), 2, " 3[unknown] 4[unknown]"},
        Passing{passing("500"), 500},
        Passing{passing("3"), 2, "error"},
        Passing{passing("-1")},
        Passing{passing("")},
        Passing{passing("two")},
        Passing{passing("2 ")},
        Passing{passing("99999999999")},
    };
    for (const Passing& one : cases) {
        expect_agreement(one);
    }
}

TEST(SdListenFds, SeesTheSocketsOfThisProcessAlone)
{
    expect_agreement({{{"LISTEN_PID", "self"}}, 2, "none"});
    expect_agreement({{{"LISTEN_FDS", "2"}}, 2, "none"});
    expect_agreement({{{"LISTEN_PID", "me"}}});
    for (const char* pid : {"self", "1", "0001", "0", "-1", "", "me", "99999999999"}) {
        expect_agreement({{{"LISTEN_PID", pid}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "dns"}}});
    }
}

TEST(SdListenFds, SeesTheNamesThatTheDaemonSees)
{
    for (const char* names : {"dns", "", ":", "\\", "\\:", "dns:http"}) {
        Environment environment = passing("1");
        environment["LISTEN_FDNAMES"] = names;
        expect_agreement({environment, 1});
    }
    const std::string longest = std::string(255, 'x') + ":" + std::string(1000, 'y');
    for (const char* names : {"dns:http",
                              "dns",
                              "dns:http:https",
                              "",
                              ":",
                              "dns:",
                              ":dns",
                              "dns::",
                              "::",
                              "dns\\:x:http",
                              "d\\ns:http",
                              "dns:http\\",
                              "dns\\",
                              "dns\\\\:http",
                              "dn s:\thttp\n",
                              "'dns:x':http",
                              "\"dns\":http",
                              "\xC3\xA9\xFF:\x01",
                              "dns.socket:unknown",
                              longest.c_str()}) {
        Environment environment = passing("2");
        environment["LISTEN_FDNAMES"] = names;
        expect_agreement({environment});
    }
}

} // namespace
