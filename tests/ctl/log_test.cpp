// `log`, with a journal that the test makes.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "ctl/log_event.h"
#include "ctl/since.h"
#include "tests/ctl/journal.h"
#include "tests/ctl/json_file.h"
#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Console;
using ctl_test::day;
using ctl_test::hour;
using ctl_test::JournalContent;
using ctl_test::minute;
using ctl_test::now;
using ctl_test::sample_answer;
using ctl_test::TestJournal;
using testing::HasSubstr;

ctl::JournalEntry entry(base::UnixTime at, const std::string& text)
{
    return {at, "nanodnsd-keeper: " + text, "keeper"};
}

JournalContent sample_journal()
{
    return {{
        entry(now - 9 * day, "shed.dyn.mydomain.test. A 192.0.2.9, by duckdns from 192.0.2.9, serial 1700"),
        entry(now - 8 * day, "statistics: updates 1 stored, 2 unchanged"),
        {now - 7 * day, "Started nanodnsd.service - Dynamic DNS nameserver.", "systemd"},
        entry(now - 2 * hour,
              "home.dyn.mydomain.test. A 192.0.2.7 (was 192.0.2.1), AAAA removed, with 1 follower "
              "(nas.dyn.mydomain.test.), by dyndns2 from 192.0.2.7, serial 1731"),
        entry(now - hour, "home.dyn.mydomain.test. unchanged, by dyndns2 from 192.0.2.7"),
        entry(now - 20 * minute, "refused an update of shed.dyn.mydomain.test. from 192.0.2.9: wrong token"),
        {now - 19 * minute,
         "nanodnsd-keeper: home.dyn.mydomain.test. A 192.0.2.66, by dyndns2 from 192.0.2.7, serial 9",
         "updater"},
        entry(now - 10 * minute,
              "home.dyn.mydomain.test. A 192.0.2.8, by an administrator, says uid 1000, serial 1732"),
    }};
}

const std::string line_of_shed =
    "2026-11-19T12:00:00Z shed A 192.0.2.9, by duckdns from 192.0.2.9, serial 1700\n";
const std::string line_of_home =
    "2026-11-28T10:00:00Z home A 192.0.2.7 (was 192.0.2.1), AAAA removed, with 1 follower "
    "(nas.dyn.mydomain.test.), by dyndns2 from 192.0.2.7, serial 1731\n";
const std::string line_of_refusal =
    "2026-11-28T11:40:00Z shed an update from 192.0.2.9 was refused: wrong token\n";
const std::string line_of_administrator =
    "2026-11-28T11:50:00Z home A 192.0.2.8, by an administrator, says uid 1000, serial 1732\n";

ctl_test::Ran run_log(std::vector<std::string> arguments, const std::string& socket = "/no/such/socket",
                      const JournalContent& content = sample_journal())
{
    arguments.insert(arguments.begin(), "log");
    ctl_test::How how;
    how.open_journal = [&]() -> ctl::OpenedJournal { return std::make_unique<TestJournal>(content); };
    return ctl_test::run(arguments, socket, how);
}

TEST(CtlLog, ShowsChangesAndRefusalsOfTheKeeper)
{
    const Console console{sample_answer};
    const auto ran = run_log({}, console.path());
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out, line_of_shed + line_of_home + line_of_refusal + line_of_administrator);
    EXPECT_EQ(ran.err, "");
}

TEST(CtlLog, ShowsOneHostAndWhatItFollows)
{
    const Console console{sample_answer};
    for (const char* name : {"home", "HOME.dyn.mydomain.test", "home.dyn.mydomain.test."}) {
        EXPECT_EQ(run_log({name}, console.path()).out, line_of_home + line_of_administrator) << name;
    }
    EXPECT_EQ(run_log({"nas"}, console.path()).out, line_of_home);
    EXPECT_EQ(run_log({"shed"}, console.path()).out, line_of_shed + line_of_refusal);
}

TEST(CtlLog, ShowsTheLastOnes)
{
    const Console console{sample_answer};
    EXPECT_EQ(run_log({"-n", "1"}, console.path()).out, line_of_administrator);
    EXPECT_EQ(run_log({"-n2"}, console.path()).out, line_of_refusal + line_of_administrator);
    EXPECT_EQ(run_log({"home", "-n", "1"}, console.path()).out, line_of_administrator);
    EXPECT_EQ(run_log({"-n", "0"}, console.path()).out, "");
    EXPECT_EQ(run_log({"shed", "-n", "99"}, console.path()).out, line_of_shed + line_of_refusal);
    EXPECT_EQ(run_log({"-n", "3", "--since", "30m"}, console.path()).out,
              line_of_refusal + line_of_administrator);
}

TEST(CtlLog, BeginsAtATime)
{
    const Console console{sample_answer};
    for (const char* time : {"1h", "-1h", "1h ago", "2026-11-28T11:00:00Z", "2026-11-28 11:00"}) {
        EXPECT_EQ(run_log({"--since", time}, console.path()).out, line_of_refusal + line_of_administrator)
            << time;
    }
    EXPECT_EQ(run_log({"--since=2026-11-28"}, console.path()).out,
              line_of_home + line_of_refusal + line_of_administrator);
}

TEST(CtlLog, FollowsFromTheLastTen)
{
    const Console console{sample_answer};
    JournalContent content;
    for (int i = 0; i < 12; ++i) {
        content.entries.push_back(entry(
            now, "home.dyn.mydomain.test. A removed, its lifetime expired, serial " + std::to_string(i)));
    }
    content.later = {entry(now, "statistics: updates 1 stored"),
                     entry(now, "shed.dyn.mydomain.test. A 192.0.2.9, by api from 192.0.2.9, serial 12")};
    const std::string out = run_log({"-f"}, console.path(), content).out;
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 11);
    EXPECT_THAT(out,
                testing::StartsWith("2026-11-28T12:00:00Z home A removed, its lifetime expired, serial 2\n"));
    const std::string last = "2026-11-28T12:00:00Z shed A 192.0.2.9, by api from 192.0.2.9, serial 12\n";
    EXPECT_THAT(out, testing::EndsWith(last));
    EXPECT_EQ(run_log({"-f", "-n", "0"}, console.path(), content).out, last);
    EXPECT_EQ(run_log({"-f", "shed"}, console.path(), content).out, last);
    const std::string all = run_log({"-f", "--since", "1s"}, console.path(), content).out;
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 13);
}

TEST(CtlLog, IsAnObjectALine)
{
    const Console console{sample_answer};
    EXPECT_EQ(run_log({"--json", "--since", "3h"}, console.path()).out, ctl_test::json_file("log.json"));
}

TEST(CtlLog, NeedsNoDaemon)
{
    const auto ran = run_log({"home"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out,
              "2026-11-28T10:00:00Z home.dyn.mydomain.test A 192.0.2.7 (was 192.0.2.1), AAAA removed, with 1 "
              "follower (nas.dyn.mydomain.test.), by dyndns2 from 192.0.2.7, serial 1731\n"
              "2026-11-28T11:50:00Z home.dyn.mydomain.test A 192.0.2.8, by an administrator, says uid 1000, "
              "serial 1732\n");
    EXPECT_EQ(run_log({"home.dyn.mydomain.test."}).out, ran.out);
    EXPECT_THAT(run_log({"hom"}).out, HasSubstr("no changes or refusals of hom in the journal"));
    EXPECT_THAT(run_log({"home", "--json"}).out, HasSubstr(R"("label":null)"));
    const auto apex = run_log({"@"});
    EXPECT_EQ(apex.status, 3);
    EXPECT_THAT(apex.err, HasSubstr("no daemon listens on /no/such/socket"));
    EXPECT_EQ(run_log({"a..b"}).status, 4);
}

TEST(CtlLog, SaysThatThereIsNoSuchHost)
{
    const Console console{sample_answer};
    const auto ran = run_log({"hom"}, console.path());
    EXPECT_EQ(ran.status, 4);
    EXPECT_EQ(ran.err, "nanodnsctl: there is no host hom; did you mean home?\n");
    EXPECT_EQ(run_log({"-f", "hom"}, console.path()).status, 4);
    JournalContent content = sample_journal();
    content.entries.push_back(entry(now, "old.dyn.mydomain.test. A removed, its lifetime expired, serial 9"));
    const auto old = run_log({"old"}, console.path(), content); // it was in the config once
    EXPECT_EQ(old.status, 0);
    EXPECT_EQ(old.out, "2026-11-28T12:00:00Z old A removed, its lifetime expired, serial 9\n");
    EXPECT_THAT(run_log({"old", "--json"}, console.path(), content).out, HasSubstr(R"("by":"expiry",)"))
        << "as in the lines of watch";
}

TEST(CtlLog, AsksTheDaemonAgainIfAReloadHasReplacedTheConsole)
{
    const Console at_once{ctl_test::replaced_at<ipc::admin::Hello>(sample_answer)};
    EXPECT_EQ(run_log({"hom"}, at_once.path()).status, 4);
    const Console later{ctl_test::replaced_at<ipc::admin::AskHost>(sample_answer)};
    EXPECT_EQ(run_log({"hom"}, later.path()).status, 4);
}

TEST(CtlLog, SaysThatTheJournalDoesNotGoBackSoFar)
{
    const Console console{sample_answer};
    JournalContent content;
    content.begins = now - hour;
    auto ran = run_log({"--since", "7d"}, console.path(), content);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "nanodnsctl: the journal begins at 2026-11-28T11:00:00Z, after --since; see "
                       "SystemMaxUse= and MaxRetentionSec= in journald.conf(5)\n");
    EXPECT_EQ(ran.out, "There are no changes or refusals in the journal since 2026-11-28T11:00:00Z.\n");
    content.is_volatile = true;
    ran = run_log({"home"}, console.path(), content);
    EXPECT_EQ(ran.err,
              "nanodnsctl: the last change of home was at 2026-11-28T09:59:00Z, but the journal begins "
              "at 2026-11-28T11:00:00Z; it is kept until the next shutdown only: see Storage= in "
              "journald.conf(5)\n");
    EXPECT_EQ(ran.out,
              "There are no changes or refusals of home in the journal since 2026-11-28T11:00:00Z.\n");
    EXPECT_EQ(run_log({"home", "--json"}, console.path(), content).out, "");
}

TEST(CtlLog, FailsWithTheJournal)
{
    JournalContent content = sample_journal();
    content.damaged_at = 1;
    const auto ran = run_log({}, "/no/such/socket", content);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: it is damaged\n");
    EXPECT_THAT(ran.out, HasSubstr("shed"));
    EXPECT_EQ(ctl_test::run({"log"}, "/no/such/socket").err, "nanodnsctl: there is no journal\n");
}

TEST(CtlLog, RefusesWhatIsNoNumberAndNoTime)
{
    for (const char* number : {"x", "-1", "1x", "99999999999"}) {
        const auto ran = run_log({"-n", number});
        EXPECT_EQ(ran.status, 2);
        EXPECT_EQ(ran.err, std::string{"nanodnsctl: found -n "} + number + ", expected a number\n");
    }
    const auto ran = run_log({"--since", "last week"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err,
              "nanodnsctl: found --since last week, expected a length of time such as 36h or 7d, or a "
              "time in UTC such as 2026-11-28 or 2026-11-28T04:05:06Z\n");
    EXPECT_EQ(run_log({"-n"}).err, "nanodnsctl: expected a number of lines after -n\n");
    EXPECT_EQ(run_log({"--since="}).err, "nanodnsctl: expected a time after --since\n");
    EXPECT_EQ(ctl_test::run({"hosts", "-f"}, "").err, "nanodnsctl: -f is an option of log only\n");
    EXPECT_EQ(ctl_test::run({"hosts", "-n1"}, "").err, "nanodnsctl: -n is an option of log only\n");
    EXPECT_THAT(run_log({"--sinc", "1h"}).err, HasSubstr("did you mean --since?"));
}

TEST(CtlLog, ShowsRefusalsOfAllKinds)
{
    const auto shown = [](const std::string& text) {
        const auto event = ctl::read_event(now, "nanodnsd-keeper: " + text, "");
        return event ? as_text(*event, std::nullopt) : "";
    };
    const std::string time = "2026-11-28T12:00:00Z ";
    EXPECT_EQ(
        shown("challenges of home.example. from 2001:db8:: are blocked: too many wrong tokens; one is "
              "checked every 10 s"),
        time + "home.example challenges from 2001:db8:: are blocked: too many wrong tokens; one is checked "
               "every 10 s\n");
    EXPECT_EQ(shown("refused an update of a name without a dot from 192.0.2.9: unknown host"),
              time + "- refused an update of a name without a dot from 192.0.2.9: unknown host\n");
    EXPECT_EQ(shown("refused a challenge of home.example. from 192.0.2.9: wrong key"),
              time + "home.example a challenge from 192.0.2.9 was refused: wrong key\n");
    EXPECT_EQ(shown("refused a look at home.example. from 192.0.2.9: wrong token"),
              time + "home.example a look from 192.0.2.9 was refused: wrong token\n");
    EXPECT_EQ(shown("home.example. is overdue: there was no update for 86400 s"), "");
}

TEST(CtlSince, IsALengthOrATimeInUtc)
{
    const auto seconds_ago = [](const char* text) {
        const auto time = ctl::read_since(text, now);
        return time ? std::optional{(now - *time).count()} : std::nullopt;
    };
    EXPECT_EQ(seconds_ago("90s"), 90);
    EXPECT_EQ(seconds_ago("7d ago"), 7 * 86400);
    EXPECT_EQ(seconds_ago("2026-11-28T11:59:58"), 2);
    EXPECT_EQ(seconds_ago("2026-11-28 11:59"), 60);
    EXPECT_EQ(seconds_ago("2026-11-27Z"), std::nullopt);
    for (const char* text :
         {"", "-", "ago", " ago", "2026", "7", "7w", "-7", "2026-13-01", "2026-02-30", "2026-11-2",
          "2026-11-28T", "2026-11-28T24:00", "2026-11-28T04:05:06Zx", "x2026-11-28", "99999999999d"}) {
        EXPECT_EQ(seconds_ago(text), std::nullopt) << text;
    }
}

} // namespace
