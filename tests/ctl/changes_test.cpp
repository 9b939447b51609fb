#include <gtest/gtest.h>

#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Answer;
using ctl_test::Console;
using ctl_test::run;
using ctl_test::sample_answer;
namespace admin = ipc::admin;

TEST(CtlSet, SaysWhatTheHostHasNow)
{
    const Console console{sample_answer};
    const auto ran = run({"set", "home", "192.0.2.8", "2001:db8::8"}, console.path());
    EXPECT_EQ(ran.out, "home changed: A 192.0.2.8, AAAA 2001:db8::8, serial 1733\n");
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(run({"set", "home", "::ffff:192.0.2.8", "--json"}, console.path()).out,
              R"({"version":1,"name":"home.dyn.mydomain.test","label":"home","changed":true,)"
              R"("serial":1733,"a":["192.0.2.8"],"aaaa":[]})"
              "\n");
}

TEST(CtlSet, RefusesWhatIsNoAddressBeforeItConnects)
{
    const std::string no_such_address = "expected no loopback, link-local, multicast or reserved address";
    for (const auto& [addresses, sentence] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"192.0.2"}, "found 192.0.2, expected an IPv4 or IPv6 address"},
             {{"2001:db8::/56"}, "found 2001:db8::/56, expected an IPv4 or IPv6 address"},
             {{"192.0.2.1", "192.0.2.2"}, "found two IPv4 addresses, expected one of each kind"},
             {{"2001:db8::1", "2001:db8::2"}, "found two IPv6 addresses, expected one of each kind"},
             {{"240.0.0.1"}, "found 240.0.0.1, which no host can have: " + no_such_address},
             {{"192.0.2.1", "fe80::1"}, "found fe80::1, which no host can have: " + no_such_address},
             {{"::ffff:0.0.0.0"}, "found 0.0.0.0, which no host can have: " + no_such_address},
         }) {
        std::vector<std::string> arguments{"set", "home"};
        arguments.insert(arguments.end(), addresses.begin(), addresses.end());
        const auto ran = run(arguments, "/nowhere");
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.err, "nanodnsctl: " + sentence + '\n');
    }
}

TEST(CtlSet, IsRefusedByTheDaemon)
{
    const Console console{sample_answer};
    const auto fixed = run({"set", "www", "192.0.2.8"}, console.path());
    EXPECT_EQ(fixed.status, 1);
    EXPECT_EQ(fixed.err, "nanodnsctl: www is static: change its section in the configuration\n");
    const auto missing = run({"set", "hame", "192.0.2.8"}, console.path());
    EXPECT_EQ(missing.status, 4);
    EXPECT_EQ(missing.err, "nanodnsctl: there is no host hame; did you mean home?\n");
}

TEST(CtlClear, RemovesWhatIsNamedOrAll)
{
    std::vector<admin::Clear> asked;
    const Console console{[&](const admin::ClientToConsole& request) {
        if (const auto* clear = std::get_if<admin::Clear>(&request)) {
            asked.push_back(*clear);
        }
        return sample_answer(request);
    }};
    EXPECT_EQ(run({"clear", "home"}, console.path()).out, "home changed: A -, AAAA -, serial 1733\n");
    EXPECT_EQ(run({"clear", "home", "AAAA", "txt"}, console.path()).out,
              "home changed: A 192.0.2.7, AAAA -, serial 1733\n");
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_TRUE(asked[0].a && asked[0].aaaa && asked[0].txt);
    EXPECT_TRUE(!asked[1].a && asked[1].aaaa && asked[1].txt);
    EXPECT_EQ(run({"clear", "home", "txt"}, console.path()).out, "home changed: serial 1733\n")
        << "it may have the addresses of the configuration";
    EXPECT_EQ(run({"clear", "home", "txt", "--json"}, console.path()).out,
              R"({"version":1,"name":"home.dyn.mydomain.test","label":"home","changed":true,"serial":1733,)"
              R"("a":null,"aaaa":null})"
              "\n");
    const auto ran = run({"clear", "home", "mx"}, console.path());
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "nanodnsctl: found mx, expected a, aaaa or txt\n");
}

TEST(CtlReload, SaysWhatCameOfIt)
{
    const Console console{sample_answer};
    EXPECT_EQ(run({"reload"}, console.path()).out, "reloaded\n");
    EXPECT_EQ(console.connections(), 2U) << "the second one serves when the reload is done";
    EXPECT_EQ(run({"reload", "--json"}, console.path()).out, "{\"version\":1,\"outcome\":\"reloaded\"}\n");
}

TEST(CtlReload, SaysThatNobodyServesAfterwards)
{
    std::string path;
    const Console console{[&](const admin::ClientToConsole& request) {
        if (std::holds_alternative<admin::Reload>(request)) {
            std::filesystem::remove(path);
        }
        return sample_answer(request);
    }};
    path = console.path();
    const auto ran = run({"reload"}, path);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd has taken the new configuration, but no longer listens on " +
                           path + ": it has no [control] now, or has stopped, and the log says why\n");
}

// A reload replaces the console: a client that waits for the outcome of another one asks the new console.
TEST(CtlReload, AsksAgainIfAnotherReloadHasReplacedTheConsole)
{
    for (const unsigned closings : {1U, 2U}) {
        unsigned asked = 0;
        const Console console{[&](const admin::ClientToConsole& request) {
            const bool is_reload = std::holds_alternative<admin::Reload>(request);
            return is_reload && asked++ < closings ? ctl_test::Answer{} : sample_answer(request);
        }};
        const auto ran = run({"reload"}, console.path());
        EXPECT_EQ(ran.out, closings == 1 ? "reloaded\n" : "");
        EXPECT_EQ(ran.status, closings == 1 ? 0 : 1);
        EXPECT_EQ(asked, 2U);
    }
}

/// Refuses the reload because of the config at `path`.
Console console_with_errors_in(const std::string& path)
{
    return Console{[path](const admin::ClientToConsole& request) -> Answer {
        if (std::holds_alternative<admin::Reload>(request)) {
            return {admin::Refusal{admin::Refused::bad_config, path + ":3:1: found no domain"}};
        }
        if (std::holds_alternative<admin::AskStatus>(request)) {
            admin::StatusDaemon daemon;
            daemon.config = path;
            return {daemon, admin::Done{}};
        }
        return sample_answer(request);
    }};
}

TEST(CtlReload, SaysTheErrorOfAConfigThatItMayNotRead)
{
    const Console console = console_with_errors_in("/nowhere/nanodnsd.conf");
    const auto ran = run({"reload"}, console.path(), {.daemon_program = "/bin/true"});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "nanodnsctl: the reload was refused: /nowhere/nanodnsd.conf:3:1: found no domain\n");
}

TEST(CtlReload, HasTheDaemonPrintAllErrorsOfAConfigThatItMayRead)
{
    const Console console = console_with_errors_in("/etc/passwd");
    const std::string checker = console.folder() + "/nanodnsd";
    FILE* const script = std::fopen(checker.c_str(), "w");
    std::fputs("#!/bin/sh\n[ \"$*\" = \"-n -c /etc/passwd\" ] && exit 6\n", script);
    std::fclose(script);
    std::filesystem::permissions(checker, std::filesystem::perms::owner_all);
    const auto ran = run({"reload"}, console.path(), {.daemon_program = checker});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err,
              "nanodnsctl: the reload was refused: the configuration has errors; the old one stays in use\n");
}

TEST(CtlVerbosity, IsANumberUpTo2)
{
    std::optional<ipc::Verbosity> asked;
    const Console console{[&](const admin::ClientToConsole& request) {
        if (const auto* set = std::get_if<admin::SetVerbosity>(&request)) {
            asked = set->level;
        }
        return sample_answer(request);
    }};
    EXPECT_EQ(run({"verbosity", "2"}, console.path()).out, "verbosity 2 until the next restart\n");
    EXPECT_EQ(asked, ipc::Verbosity::details);
    EXPECT_EQ(run({"verbosity", "0", "--json"}, console.path()).out, "{\"version\":1,\"verbosity\":0}\n");
    const auto ran = run({"verbosity", "3"}, console.path());
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "nanodnsctl: found 3, expected 0, 1 or 2\n");
}

} // namespace
