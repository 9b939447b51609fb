#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Answer;
using ctl_test::Console;
using ctl_test::ip4;
using ctl_test::ip6;
using ctl_test::named;
using ctl_test::now;
using ctl_test::run;
namespace admin = ipc::admin;

const base::Address client = *base::parse_address("192.0.2.99");

admin::Changed change_of_home(std::uint64_t number, admin::Addresses addresses)
{
    return {{7, number},   now,    1732 + static_cast<std::uint32_t>(number),
            named("home"), {},     addresses,
            "dyndns2",     client, std::nullopt};
}

/// A daemon whose answers to the requests for the host and to the watches are in lists. When a list has no
/// more, the host is gone, so that the watch ends. An empty answer closes the connection.
class Script
{
public:
    Script(std::vector<Answer> hosts, std::vector<Answer> watches)
        : hosts_(std::move(hosts)), watches_(std::move(watches))
    {
    }
    /// Of the watches that were asked for.
    const std::vector<admin::Place>& places() const { return places_; }

    Answer operator()(const admin::ClientToConsole& request)
    {
        if (std::holds_alternative<admin::AskHost>(request)) {
            return next(hosts_, next_host_);
        }
        if (const auto* watch = std::get_if<admin::Watch>(&request)) {
            places_.push_back(watch->after);
            return next(watches_, next_watch_);
        }
        return ctl_test::sample_answer(request);
    }

private:
    static Answer next(const std::vector<Answer>& answers, std::size_t& at)
    {
        return at < answers.size() ? answers[at++] : Answer{ctl_test::no_such_host()};
    }

    std::vector<Answer> hosts_;
    std::vector<Answer> watches_;
    std::vector<admin::Place> places_;
    std::size_t next_host_ = 0;
    std::size_t next_watch_ = 0;
};

Answer home_with(std::vector<base::Address4> a, std::uint64_t place)
{
    admin::HostRow row = ctl_test::home_row();
    row.a = std::move(a);
    row.seen = row.changed; // its client made the last change
    return {row, admin::Done{admin::Place{7, place}, 1732 + static_cast<std::uint32_t>(place)}};
}

const admin::Addresses before{ip4("192.0.2.7"), ip6("2001:db8:aa:1::1")};
const admin::Addresses moved{ip4("192.0.2.8"), std::nullopt};

/// When the host is gone.
const std::string both_removed =
    "2026-11-28T12:00:00Z home A removed, AAAA removed, by config, serial 1732\n";

admin::Refusal place_is_gone()
{
    return {admin::Refused::place_is_gone, "the list of changes has begun again"};
}

TEST(CtlWatch, IsALineAChange)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Watching{}, change_of_home(2, moved), change_of_home(3, {}), change_of_home(4, {}),
                    change_of_home(5, before), place_is_gone()}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(
        ran.out,
        "2026-11-28T12:00:00Z home A 192.0.2.8 (was 192.0.2.7), AAAA removed, by dyndns2 from 192.0.2.99, "
        "serial 1734\n"
        "2026-11-28T12:00:00Z home A removed, by dyndns2 from 192.0.2.99, serial 1735\n"
        "2026-11-28T12:00:00Z home A 192.0.2.7, AAAA 2001:db8:aa:1::1, by dyndns2 from 192.0.2.99, "
        "serial 1737\n" +
            both_removed);
    EXPECT_EQ(script.places(), (std::vector{admin::Place{7, 1}}));
    EXPECT_EQ(ran.status, 4);
}

TEST(CtlWatch, IsAnObjectALine)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Watching{}, change_of_home(2, moved), place_is_gone()}}};
    const Console console{std::ref(script)};
    const std::string out = run({"watch", "home", "--json"}, console.path()).out;
    EXPECT_EQ(
        out.substr(0, out.find('\n') + 1),
        R"({"version":1,"time":"2026-11-28T12:00:00Z","name":"home.dyn.mydomain.test",)"
        R"("label":"home","a":["192.0.2.8"],"aaaa":[],"old_a":["192.0.2.7"],)"
        R"("old_aaaa":["2001:db8:aa:1::1"],"serial":1734,"by":"dyndns2","from":"192.0.2.99","uid":null})"
        "\n");
}

// Its A record is that of the config, of which the list of changes knows nothing.
TEST(CtlWatch, KeepsTheConfiguredAddressOfAFollower)
{
    admin::HostRow nas = ctl_test::nas_row();
    nas.name = named("home");
    admin::Changed change = change_of_home(2, {std::nullopt, ip6("2001:db8::9")});
    change.before = {std::nullopt, nas.aaaa.front()};
    change.has_configured_a = true;
    Script script{{{nas, admin::Done{admin::Place{7, 1}, 1733}}},
                  {{admin::Watching{}, change, place_is_gone()}}};
    const Console console{std::ref(script)};
    EXPECT_EQ(run({"watch", "home"}, console.path()).out,
              "2026-11-28T12:00:00Z home AAAA 2001:db8::9 (was 2001:db8:bb:100::5678:1), by dyndns2 from "
              "192.0.2.99, "
              "serial 1734\n" +
                  both_removed);
}

// What the list of changes knows of it is no news.
TEST(CtlWatch, ShowsThatTheFirstUpdateHasRemovedConfiguredAddresses)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Watching{}, change_of_home(2, {}), place_is_gone()}}};
    const Console console{std::ref(script)};
    EXPECT_EQ(run({"watch", "home"}, console.path()).out,
              "2026-11-28T12:00:00Z home A removed, AAAA removed, by dyndns2 from 192.0.2.99, serial 1734\n");
}

// The keeper was started again, or we were too slow.
TEST(CtlWatch, ShowsWhatIsDifferentIfTheListHasBegunAgain)
{
    Script script{
        {home_with({ip4("192.0.2.7")}, 1), home_with({ip4("192.0.2.7")}, 5),
         home_with({ip4("192.0.2.9")}, 9)},
        {{admin::Watching{}, place_is_gone()}, {place_is_gone()}, {admin::Watching{}, place_is_gone()}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(ran.out, "2026-11-28T09:59:00Z home A 192.0.2.9 (was 192.0.2.7), by dyndns2 from 192.0.2.7, "
                       "serial 1741\n" +
                           both_removed);
    EXPECT_EQ(script.places(), (std::vector{admin::Place{7, 1}, admin::Place{7, 5}, admin::Place{7, 9}}));
    EXPECT_EQ(console.connections(), 1U);
}

/// What is shown of a change that was missed, if the row is this one then.
std::string shown_of(const admin::HostRow& row, const std::string& option)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1), {row, admin::Done{admin::Place{7, 5}, 1737}}},
                  {{admin::Watching{}, place_is_gone()}, {admin::Watching{}, place_is_gone()}}};
    const Console console{std::ref(script)};
    return run({"watch", "home", option}, console.path()).out;
}

// The row has the origin of the last success, and the addresses have expired since.
TEST(CtlWatch, SaysNotThatAClientRemovedWhatHasExpired)
{
    admin::HostRow row = ctl_test::home_row();
    row.a.clear();
    row.aaaa.clear();
    row.seen = now - 35 * ctl_test::day;
    row.changed = now;
    EXPECT_EQ(shown_of(row, "--wide"), "2026-11-28T12:00:00Z home A removed, AAAA removed, serial 1737\n");
    EXPECT_THAT(shown_of(row, "--json"),
                testing::EndsWith(R"("serial":1737,"by":null,"from":null,"uid":null})"
                                  "\n"));
}

// An administrator set what the client had set in the same second.
TEST(CtlWatch, SaysNotThatAnAdministratorMadeTheChangeOfAClient)
{
    admin::HostRow row = ctl_test::home_row();
    row.a = {ip4("192.0.2.8")};
    row.seen = row.changed;
    row.from.reset();
    row.dialect = "administrator";
    row.uid = 1000;
    const std::string shown = shown_of(row, "--wide");
    EXPECT_EQ(shown.substr(0, shown.find('\n')),
              "2026-11-28T09:59:00Z home A 192.0.2.8 (was 192.0.2.7), serial 1737");
}

// The console was started again.
TEST(CtlWatch, ConnectsAgainIfTheConnectionIsClosed)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1), {}, home_with({}, 2)}, {{}, {}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(ran.out, "2026-11-28T09:59:00Z home A removed, by dyndns2 from 192.0.2.7, serial 1734\n"
                       "2026-11-28T12:00:00Z home AAAA removed, by config, serial 1732\n");
    EXPECT_EQ(ran.status, 4);
    EXPECT_EQ(console.connections(), 4U);
}

// The console is started again, with the new config.
TEST(CtlWatch, ShowsThatAReloadHasRemovedTheHost)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)}, {{}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(ran.out, both_removed);
    EXPECT_EQ(ran.status, 4);
    EXPECT_EQ(console.connections(), 2U);
}

TEST(CtlWatch, EndsIfItIsRefusedAtItsStart)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Refusal{admin::Refused::busy, "8 clients watch already"}}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: 8 clients watch already\n");
}

TEST(CtlWatch, TriesAgainIfItIsRefusedLater)
{
    const admin::Refusal busy{admin::Refused::busy, "8 clients watch already"};
    const Answer same = home_with({ip4("192.0.2.7")}, 1);
    Script script{{same, same, same}, {{admin::Watching{}, place_is_gone()}, {busy}, {busy}}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home"}, console.path());
    EXPECT_EQ(ran.status, 4) << "when the script has ended";
    EXPECT_EQ(ran.err, "nanodnsctl: 8 clients watch already; trying again\n"
                       "nanodnsctl: there is no host home; did you mean home?\n");
    EXPECT_EQ(console.connections(), 3U);
}

// It was upgraded, and this program was not. A service manager can start the new one.
TEST(CtlWatch, EndsIfTheDaemonComesBackWithAnotherProtocol)
{
    const Answer refusal{admin::Refusal{admin::Refused::other_version, "nanodnsd 2.0.0 speaks protocol 2"}};
    const Answer odd{admin::Watching{}};
    for (const auto& [answer, sentence] :
         {std::pair{refusal, "nanodnsd 2.0.0 speaks protocol 2"},
          std::pair{odd, "nanodnsd and this nanodnsctl have different protocols; install the same version of "
                         "both"}}) {
        Script script{{home_with({ip4("192.0.2.7")}, 1)}, {{}}};
        unsigned greetings = 0;
        const Console console{[&, answer = answer](const admin::ClientToConsole& request) {
            const bool is_hello = std::holds_alternative<admin::Hello>(request);
            return is_hello && greetings++ != 0 ? answer : script(request);
        }};
        const auto ran = run({"watch", "home"}, console.path());
        EXPECT_EQ(ran.status, 1);
        EXPECT_EQ(ran.err, "nanodnsctl: " + std::string{sentence} + '\n');
        EXPECT_EQ(console.connections(), 2U);
    }
}

TEST(CtlWatch, SaysAtItsStartThatAHostIsNotThere)
{
    const Console console{ctl_test::sample_answer};
    const auto ran = run({"watch", "hoem"}, console.path());
    EXPECT_EQ(ran.status, 4);
    EXPECT_EQ(ran.err, "nanodnsctl: there is no host hoem; did you mean home?\n");
    EXPECT_EQ(run({"watch"}, "/nowhere").status, 3);
}

/// A script that appends what it is told to a file.
std::string recorder(const Console& console)
{
    const std::string path = console.folder() + "/recorder";
    std::ofstream{path} << "#!/bin/sh\n"
                           "read -r input; echo \"$input$1 $NANODNSD_HOST a=$NANODNSD_A aaaa=$NANODNSD_AAAA "
                           "old=$NANODNSD_OLD_A,$NANODNSD_OLD_AAAA serial=$NANODNSD_SERIAL\" >>\"$0.txt\"\n"
                           "exit $1\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

std::string recorded(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream{path + ".txt"}.rdbuf();
    return text.str();
}

TEST(CtlWatch, RunsACommandForEachHostAtFirstAndThenForEachChange)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Watching{}, change_of_home(2, moved), place_is_gone()}}};
    const Console console{std::ref(script)};
    const std::string path = recorder(console);
    const auto ran = run({"watch", "home", "--exec", path, "0", "; touch /never"}, console.path());
    EXPECT_EQ(recorded(path), "0 home.dyn.mydomain.test a=192.0.2.7 aaaa=2001:db8:aa:1::1 old=, serial=1733\n"
                              "0 home.dyn.mydomain.test a=192.0.2.8 aaaa= old=192.0.2.7,2001:db8:aa:1::1 "
                              "serial=1734\n"
                              "0 home.dyn.mydomain.test a= aaaa= old=192.0.2.8, serial=1732\n")
        << "at last it is gone";
    EXPECT_EQ(ran.err, "nanodnsctl: there is no host home; did you mean home?\n");
}

TEST(CtlWatch, GoesOnIfTheCommandFails)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)},
                  {{admin::Watching{}, change_of_home(2, moved), place_is_gone()}}};
    const Console console{std::ref(script)};
    const std::string path = recorder(console);
    const auto ran = run({"watch", "home", "--exec", path, "3"}, console.path());
    const std::string line = "nanodnsctl: " + path + " exited with status 3 (for home.dyn.mydomain.test)\n";
    EXPECT_TRUE(ran.err.starts_with(line + line)) << ran.err;
}

TEST(CtlWatch, EndsIfTheCommandCannotBeRun)
{
    Script script{{home_with({ip4("192.0.2.7")}, 1)}, {}};
    const Console console{std::ref(script)};
    const auto ran = run({"watch", "home", "--exec", "/nowhere/command"}, console.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: /nowhere/command cannot be run: No such file or directory\n");
}

/// Asks for all hosts: home and shed, then shed alone. Ends when the command is gone.
TEST(CtlWatch, ShowsThatAHostHasLeftTheConfig)
{
    unsigned asked = 0;
    std::string path;
    const Console console{[&](const admin::ClientToConsole& request) -> Answer {
        if (std::holds_alternative<admin::AskHosts>(request)) {
            Answer answer{ctl_test::shed_row(), admin::Done{admin::Place{7, 1}, 1800}};
            if (asked++ == 0) {
                answer.insert(answer.begin(), ctl_test::home_row());
            } else {
                std::filesystem::remove(path);
            }
            return answer;
        }
        return std::holds_alternative<admin::Watch>(request) ? Answer{place_is_gone()}
                                                             : ctl_test::sample_answer(request);
    }};
    path = recorder(console);
    const auto ran = run({"watch", "--exec", path, "0"}, console.path());
    EXPECT_EQ(ran.out, "2026-11-28T12:00:00Z home A removed, AAAA removed, by config, serial 1800\n");
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(recorded(path), "0 home.dyn.mydomain.test a=192.0.2.7 aaaa=2001:db8:aa:1::1 old=, serial=1800\n"
                              "0 shed.dyn.mydomain.test a= aaaa= old=, serial=1800\n");
}

/// The state of a large zone: home had three addresses while it was read, and its row has the last one. Then
/// shed changed, whose row had been read before, and then home again. Ends when the command is gone.
TEST(CtlWatch, ShowsNoChangeThatIsOlderThanTheState)
{
    const auto home_at = [](std::uint64_t number, const char* a) {
        return change_of_home(number, {ip4(a), ctl_test::home_row().aaaa.front()});
    };
    unsigned asked = 0;
    std::string path;
    const Console console{[&](const admin::ClientToConsole& request) -> Answer {
        if (std::holds_alternative<admin::AskHosts>(request) && asked++ != 0) {
            std::filesystem::remove(path);
            return {ctl_test::shed_row(), admin::Done{admin::Place{7, 9}, 1800}};
        }
        if (std::holds_alternative<admin::AskHosts>(request)) {
            return {ctl_test::home_row(), ctl_test::shed_row(), admin::Done{admin::Place{7, 1}, 1733}};
        }
        if (std::holds_alternative<admin::AskHost>(request)) {
            return {ctl_test::home_row(), admin::Done{admin::Place{7, 4}, 1736}};
        }
        admin::Changed shed = change_of_home(4, {ip4("192.0.2.50"), std::nullopt});
        shed.name = named("shed");
        return std::holds_alternative<admin::Watch>(request)
                   ? Answer{admin::Watching{},       home_at(2, "192.0.2.6"), home_at(3, "192.0.2.7"), shed,
                            home_at(5, "192.0.2.8"), place_is_gone()}
                   : ctl_test::sample_answer(request);
    }};
    path = recorder(console);
    const auto ran = run({"watch", "--exec", path, "0"}, console.path());
    EXPECT_EQ(
        ran.out,
        "2026-11-28T12:00:00Z shed A 192.0.2.50, by dyndns2 from 192.0.2.99, serial 1736\n"
        "2026-11-28T12:00:00Z home A 192.0.2.8 (was 192.0.2.7), by dyndns2 from 192.0.2.99, serial 1737\n"
        "2026-11-19T12:00:00Z shed A removed, by duckdns from 192.0.2.9, serial 1800\n");
}

} // namespace
