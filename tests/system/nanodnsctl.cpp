// nanodnsctl against the real daemon. Texts are compared whole, with a word in the place of each time and
// number that a run chooses.
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::Result;
using testing::HasSubstr;
using testing::StartsWith;

class Nanodnsctl : public testing::Test
{
protected:
    std::string config(const std::string& hosts) const
    {
        return support::server_config() + "[control]\nsocket = " + socket_ + "\n" + hosts;
    }
    support::Start command(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), support::installation() + "/bin/nanodnsctl");
        return {
            std::move(arguments),
            {"NANODNSD_SOCKET=" + socket_, "LC_ALL=C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere"}};
    }
    Result ctl(std::vector<std::string> arguments) const
    {
        return support::run(command(std::move(arguments)));
    }
    /// The output of a command that must be done.
    std::string said(std::vector<std::string> arguments) const
    {
        const Result result = ctl(std::move(arguments));
        EXPECT_EQ(result.status, 0) << result.output;
        return result.output;
    }
    /// A watch that has the state at its start, so it shows each change from now on. Only its command tells.
    support::Start watch_home() const
    {
        return command({"watch", "home", "--exec", "/bin/echo", has_the_state});
    }
    static constexpr const char* has_the_state = "a run of the command\n";

    std::string set_home(const std::string& a)
    {
        return daemon_.update("hostname=home.dyn.example.org&ipv4=" + a + "&token=secret");
    }

    support::Folder folder_;
    const std::string socket_ = folder_ / "control";
    const std::string hosts_ = support::sample_hosts() +
                               "[@nas]\nfollow = home\nsuffix = ::5\nfollow_a = yes\n"
                               "[@alias]\ncname = home.dyn.example.org\n";
    Daemon daemon_{{.config = config(hosts_)}};
};

std::string replaced(std::string text, const char* pattern, const char* by)
{
    return std::regex_replace(text, std::regex{pattern}, by);
}

/// Without what differs from run to run.
std::string stable(std::string text)
{
    text = replaced(std::move(text), R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)", "TIME");
    return replaced(std::move(text), R"_("(serial|pid|port|memory)":\d+)_", "\"$1\":N");
}

/// For people: without the times, the widths that depend on them, and what differs from run to run.
std::string stable_text(std::string text)
{
    text = replaced(stable(std::move(text)), R"(\bin \d+ (s|min|h|d)\b)", "in TIME");
    text = replaced(std::move(text), R"(\bnow\b|\b\d+ (s|min|h|d) ago\b)", "AGO");
    text = replaced(std::move(text), R"(\bup \d+ s\b)", "up TIME");
    text = replaced(std::move(text), R"(\b(serial|udp|tcp|http|nanodnsd|dns) [\d.]+)", "$1 N");
    text = replaced(std::move(text), R"(\n  memory +[^\n]+)", ""); // not for every user
    text =
        replaced(std::move(text), R"(\n  (\w+) +\d+ +\d+ s +([-\d]+)  [^\n]+)", "\n  $1 PID UP $2 SANDBOX");
    return replaced(std::move(text), "(\\S)  +", "$1  ");
}

TEST_F(Nanodnsctl, ListsHostsForPeople)
{
    ASSERT_EQ(set_home("192.0.2.7"), "200 ok updated");
    EXPECT_EQ(stable_text(said({"hosts"})), "NAME  A  AAAA  CHANGED  SEEN  FROM  BY  EXPIRES  NOTE\n"
                                            "home  192.0.2.7  -  AGO  AGO  127.0.0.1  api  in TIME\n"
                                            "office  -  -  -  -  -  -  -\n"
                                            "printer  192.0.2.80  2001:db8::80  -  -  -  -  -  static\n"
                                            "nas  192.0.2.7  -  AGO  -  -  -  in TIME  follows home\n"
                                            "alias  -  -  -  -  -  -  -  alias\n");
    EXPECT_EQ(stable_text(said({"show", "home"})), "home.dyn.example.org\n"
                                                   "  kind  dynamic\n"
                                                   "  A  192.0.2.7\n"
                                                   "  TTL  60 s\n"
                                                   "  changed  AGO\n"
                                                   "  seen  AGO, from 127.0.0.1 by api\n"
                                                   "  lifetime  1 d, expires in TIME\n"
                                                   "  followers  nas\n");
}

// Each counter has a row; those of 0 are left out here.
TEST_F(Nanodnsctl, CountsForPeople)
{
    ASSERT_EQ(set_home("192.0.2.7"), "200 ok updated");
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
    const std::string expected = "since TIME, AGO\nVALUE  COUNTER  LABELS\n"
                                 "1  dns_queries_total  transport=udp family=ipv4\n"
                                 "1  dns_queries_by_type_total  type=A\n"
                                 "1  dns_responses_total  rcode=NOERROR\n"
                                 "1  dns_cookies_total  state=client_only\n"
                                 "1  connections_total  service=http outcome=finished\n"
                                 "1  updates_total  dialect=api outcome=changed\n";
    std::string text;
    support::eventually([&] { // a connection counts when it is closed
        text = replaced(replaced(stable_text(said({"stats"})), "\n +", "\n"), "\n0  [^\n]*", "");
        return text == expected;
    });
    EXPECT_EQ(text, expected);
}

TEST_F(Nanodnsctl, ListsHosts)
{
    ASSERT_EQ(set_home("192.0.2.7"), "200 ok updated");
    EXPECT_EQ(stable(said({"hosts", "home", "--json"})),
              R"({"version":1,"zone":"dyn.example.org","hosts":[{"name":"home.dyn.example.org",)"
              R"("label":"home","kind":"dynamic","a":["192.0.2.7"],"aaaa":[],)"
              R"("a_left_out":0,"aaaa_left_out":0,"acme_txt":[],"ttl":60,)"
              R"("changed":"TIME","seen":"TIME","expires":"TIME","overdue_since":null,"from":"127.0.0.1",)"
              R"("dialect":"api","uid":null,"follows":null,"prefix":null,)"
              R"("followers":["nas.dyn.example.org"],"refused":null}]})"
              "\n");
    EXPECT_EQ(said({"hosts", "printer"}),
              "NAME     A           AAAA          CHANGED  SEEN  FROM  BY  EXPIRES  NOTE\n"
              "printer  192.0.2.80  2001:db8::80  -        -     -     -   -        static\n");
}

// In pages of the keeper, and records of the socket that the client must read before there are more.
TEST_F(Nanodnsctl, ListsTwentyThousandHosts)
{
    constexpr unsigned count = 20'000;
    std::string hosts = hosts_;
    for (unsigned i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        hosts += "[@h" + number + "]\n" + (i % 2 == 0 ? "token = t" + number : "a = 192.0.2.1") + '\n';
    }
    daemon_.configure(config(hosts));
    ASSERT_EQ(said({"reload"}), "reloaded\n");
    const std::string table = said({"hosts", "h*", "--json"});
    const std::regex label{R"_("label":"(h\d+)")_"};
    std::vector<std::string> labels;
    for (auto at = std::sregex_iterator(table.begin(), table.end(), label); at != std::sregex_iterator{};
         ++at) {
        labels.push_back((*at)[1]);
    }
    EXPECT_EQ(labels.size(), count);
    EXPECT_EQ((std::set<std::string>{labels.begin(), labels.end()}).size(), count);
}

TEST_F(Nanodnsctl, ShowsTheLastRefusal)
{
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=wrong");
    EXPECT_THAT(said({"show", "home"}), HasSubstr("from 127.0.0.1 by api: wrong secret\n"));
    EXPECT_THAT(said({"status"}),
                HasSubstr("\n! home was refused once since its last success, most recently "));
    EXPECT_THAT(said({"hosts", "--refused"}), HasSubstr("\nhome "));
    ASSERT_EQ(set_home("192.0.2.7"), "200 ok updated");
    EXPECT_EQ(said({"hosts", "--refused"}),
              "No host was refused since its last success, as far as the keeper remembers.\n");
}

TEST_F(Nanodnsctl, SetsAndClears)
{
    EXPECT_THAT(said({"set", "home", "192.0.2.8", "2001:db8::8"}),
                StartsWith("home changed: A 192.0.2.8, AAAA 2001:db8::8, serial "));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "AAAA"), "2001:db8::8");
    EXPECT_THAT(said({"set", "home", "192.0.2.8"}),
                StartsWith("home unchanged: A 192.0.2.8, AAAA 2001:db8::8, "));
    EXPECT_THAT(said({"clear", "home", "aaaa"}), StartsWith("home changed: A 192.0.2.8, AAAA -, serial "));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "AAAA"), "");
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.8");
    EXPECT_THAT(said({"clear", "home"}), StartsWith("home changed: A -, AAAA -, serial "));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "");
    EXPECT_EQ(ctl({"clear", "home", "txt"}).status, 1) << "it can have no challenge";
    EXPECT_THAT(said({"show", "home"}),
                HasSubstr("set by     an administrator, uid " + std::to_string(::getuid())));
}

TEST_F(Nanodnsctl, SaysWhatIsRefused)
{
    for (const std::string host : {"printer", "nas"}) {
        const Result refused = ctl({"set", host, "192.0.2.8"});
        EXPECT_EQ(refused.status, 1) << host;
        EXPECT_THAT(refused.output, StartsWith("nanodnsctl: " + host + " ")) << host;
    }
    const Result missing = ctl({"set", "hone", "192.0.2.8"});
    EXPECT_EQ(missing.status, 4);
    EXPECT_EQ(missing.output, "nanodnsctl: there is no host hone; did you mean home?\n");
    const Result reserved = ctl({"set", "home", "240.0.0.1"});
    EXPECT_EQ(reserved.status, 2);
    EXPECT_EQ(reserved.output, "nanodnsctl: found 240.0.0.1, which no host can have: expected no loopback, "
                               "link-local, multicast or reserved address\n");
}

TEST_F(Nanodnsctl, ShowsTheStatus)
{
    const std::string text = said({"status"});
    EXPECT_THAT(text, testing::ContainsRegex("\n  memory       [0-9.]+ [kM]B\n"));
    EXPECT_EQ(stable_text(text), "\xE2\x97\x8F nanodnsd N serves dyn.example.org, serial N, up TIME\n"
                                 "  sockets  dns N udp, dns N tcp, http N, control\n"
                                 "  config  " +
                                     daemon_.config_path() +
                                     ", read AGO\n"
                                     "  process  pid  up  restarts  sandbox\n"
                                     "  supervisor PID UP - SANDBOX\n"
                                     "  responder PID UP 0 SANDBOX\n"
                                     "  updater PID UP 0 SANDBOX\n"
                                     "  keeper PID UP 0 SANDBOX\n"
                                     "  console PID UP 0 SANDBOX\n"
                                     "  hosts  0 of 3 have an address\n"
                                     "  updates  since the start 0 changed, 0 unchanged, 0 refused\n");
    EXPECT_THAT(stable(said({"status", "--json"})),
                StartsWith(R"({"version":1,"status":{"zone":"dyn.example.org","serial":N,"version":")"));
}

TEST_F(Nanodnsctl, ReloadsAndSaysWhatCameOfIt)
{
    EXPECT_EQ(said({"reload"}), "reloaded\n");
    daemon_.configure(config("[@home]\ntoken = x\nttl = much\nexpire = soon\n"));
    const Result refused = ctl({"reload"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.output, HasSubstr("nanodnsd.conf:"));
    EXPECT_THAT(refused.output, HasSubstr("much"));
    EXPECT_THAT(refused.output, HasSubstr("soon")) << "all errors, because the test may read the file";
    EXPECT_EQ(set_home("192.0.2.9"), "200 ok updated") << "the old configuration stays";
}

TEST_F(Nanodnsctl, WaitsUntilTheReloadIsDone)
{
    const pid_t keeper = daemon_.child("keeper").value();
    ::kill(keeper, SIGSTOP);
    daemon_.configure(config(hosts_ + "[@new]\na = 192.0.2.99\n"));
    support::Process reload{command({"reload"})};
    ASSERT_TRUE(support::eventually([this] { return !daemon_.child("console"); }))
        << "the old one has answered";
    ::kill(keeper, SIGCONT);
    EXPECT_EQ(reload.wait(), 0) << reload.output();
    EXPECT_EQ(daemon_.dig("new.dyn.example.org", "A"), "192.0.2.99");
}

// The next keeper does not start: there is no way back to the old configuration.
TEST_F(Nanodnsctl, FailsIfTheDaemonStopsDuringTheReload)
{
    const pid_t keeper = daemon_.child("keeper").value();
    ::kill(keeper, SIGSTOP);
    support::Process reload{command({"reload"})};
    ASSERT_TRUE(support::eventually([this] { return !daemon_.child("console"); }))
        << "the old one has answered";
    daemon_.kill_all();
    EXPECT_EQ(reload.wait(), 1) << reload.output();
}

TEST_F(Nanodnsctl, SetsTheVerbosity)
{
    EXPECT_EQ(said({"verbosity", "2"}), "verbosity 2 until the next restart\n");
    EXPECT_EQ(ctl({"verbosity", "3"}).status, 2);
}

TEST_F(Nanodnsctl, SaysThatNobodyServes)
{
    ASSERT_EQ(daemon_.stop(), 0);
    const Result result = ctl({"status"});
    EXPECT_EQ(result.status, 3);
    EXPECT_THAT(result.output,
                StartsWith("nanodnsctl: no daemon listens on " + socket_ + ": start nanodnsd"));
}

TEST_F(Nanodnsctl, SaysWhichGroupMayUseTheSocket)
{
    support::Start start = command({"status"});
    start.before_exec = support::become_ordinary;
    const Result result = support::run(start);
    EXPECT_EQ(result.status, ::geteuid() == 0 ? 5 : 0);
    EXPECT_THAT(result.output,
                StartsWith("nanodnsctl: no permission to use " + socket_ + ": join the group "));
}

TEST_F(Nanodnsctl, MissesNoChangeWhateverProcessIsKilled)
{
    support::Process watch{watch_home()};
    ASSERT_TRUE(watch.wait_for(has_the_state)) << watch.output();
    std::size_t at = 0;
    unsigned number = 10;
    const auto change = [&] {
        const std::string address = "192.0.2." + std::to_string(number++);
        EXPECT_EQ(set_home(address), "200 ok updated");
        const auto seen = watch.wait_for(" home A " + address, at);
        ASSERT_TRUE(seen) << address << ": " << watch.output();
        at = *seen;
    };
    change();
    for (const char* name : {"responder", "updater", "keeper", "console"}) {
        daemon_.replace(name, SIGKILL);
        change();
    }
    daemon_.kill_all();
    daemon_.start();
    change();
}

/// What the lines of `watch` say of A, one after the other: the address before, and the one after.
std::vector<std::pair<std::string, std::string>> changes_in(const std::string& output)
{
    static const std::regex line{R"( home A ([0-9.]+)(?: \(was ([0-9.]+)\))?)"};
    std::vector<std::pair<std::string, std::string>> changes;
    for (auto at = std::sregex_iterator(output.begin(), output.end(), line); at != std::sregex_iterator{};
         ++at) {
        changes.emplace_back((*at)[2], (*at)[1]);
    }
    return changes;
}

// Changes while the process is not there may be one line, but each line goes on where the last one ended.
TEST_F(Nanodnsctl, MissesNoChangeWhileAProcessIsDead)
{
    support::Process watch{watch_home()};
    ASSERT_TRUE(watch.wait_for(has_the_state)) << watch.output();
    unsigned number = 10;
    std::string address;
    const auto change = [&] {
        address = "192.0.2." + std::to_string(number++);
        return support::eventually([&] { return set_home(address).starts_with("200 "); });
    };
    ASSERT_TRUE(change());
    ASSERT_TRUE(watch.wait_for(" home A " + address)) << watch.output();
    for (const char* name : {"console", "keeper", "updater", "responder", "console", "keeper"}) {
        ::kill(daemon_.child(name).value(), SIGKILL);
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(change()) << name;
        }
        ASSERT_TRUE(watch.wait_for(" home A " + address)) << name << ": " << watch.output();
    }
    const auto seen = changes_in(watch.output());
    EXPECT_GE(seen.size(), 7U);
    for (std::size_t i = 1; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].first, seen[i - 1].second) << watch.output();
    }
}

// Who starts it may ignore SIGCHLD.
TEST_F(Nanodnsctl, SaysThatACommandHasFailedIfSigchldWasIgnored)
{
    support::Start start = command({"watch", "home", "--exec", "/bin/sh", "-c", "exit 3"});
    start.before_exec = [] { ::signal(SIGCHLD, SIG_IGN); };
    support::Process watch{start};
    EXPECT_TRUE(watch.wait_for("/bin/sh exited with status 3 (for home.dyn.example.org)\n"))
        << watch.output();
}

TEST_F(Nanodnsctl, RunsACommandForEachChange)
{
    const std::string file = folder_ / "said";
    support::Process watch{command({"watch", "home", "--exec", "/bin/sh", "-c",
                                    "echo \"$NANODNSD_HOST $NANODNSD_OLD_A>$NANODNSD_A.\" >>" + file})};
    const auto has = [&](const std::string& text) {
        return support::eventually([&] {
            return std::filesystem::exists(file) && support::read_file(file).find(text) != std::string::npos;
        });
    };
    ASSERT_TRUE(has("home.dyn.example.org >.\n")) << "once at its start";
    ASSERT_EQ(set_home("192.0.2.7"), "200 ok updated");
    ASSERT_TRUE(has("home.dyn.example.org >192.0.2.7.\n"));
    ASSERT_EQ(set_home("192.0.2.8"), "200 ok updated");
    ASSERT_TRUE(has("home.dyn.example.org 192.0.2.7>192.0.2.8.\n"));
}

} // namespace
