#include <algorithm>
#include <gtest/gtest.h>

#include "ctl/status.h"
#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Answer;
using ctl_test::Console;
using ctl_test::run;
using ctl_test::sample_answer;
namespace admin = ipc::admin;
using ctl_test::day;
using ctl_test::now;

TEST(CtlStatus, IsAFewLines)
{
    const Console console{sample_answer};
    const auto ran = run({"status"}, console.path());
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(
        ran.out,
        "\xE2\x97\x8F nanodnsd 1.1.0 serves dyn.mydomain.test, serial 1732, up 3 d 4 h\n"
        "  sockets      dns 53 udp tcp, http 80, https 443, control\n"
        "  config       /etc/nanodnsd/nanodnsd.conf, read 3 d ago\n"
        "  certificate  ns.mydomain.test, expires in 61 d\n"
        "  process          pid  up   restarts  sandbox\n"
        "  supervisor   4000812  3 d         -  complete\n"
        "  responder    4000815  3 d         0  complete\n"
        "  updater-tls  4000816  3 d         2  missing: landlock (refused)\n"
        "  hosts        12 of 14 have an address, 1 overdue\n"
        "  updates      since the start 3 changed, 28 unchanged, 3 refused; the last one home, 4 min ago\n"
        "! shed has not reported for 9 d (expect=1d); its last attempt was refused 20 min ago: "
        "wrong secret, from 192.0.2.9\n");
}

TEST(CtlStatus, HasNarrowProcessesOnANarrowTerminal)
{
    const Console console{sample_answer};
    const ctl::Terminal of20{true, 20, false};
    const auto ran = run({"status"}, console.path(), {of20});
    EXPECT_EQ(ran.status, 0);
    std::string expected = run({"status"}, console.path()).out;
    for (const char* column :
         {"          pid  up   restarts  sandbox", "   4000812  3 d         -  complete",
          "    4000815  3 d         0  complete", "  4000816  3 d         2  missing: landlock (refused)"}) {
        ASSERT_NE(expected.find(column), std::string::npos) << column;
        expected.erase(expected.find(column), std::string_view{column}.size());
    }
    EXPECT_EQ(ran.out, expected);
}

TEST(CtlStatus, HasColoursOnATerminal)
{
    const Console console{sample_answer};
    const auto ran = run({"status"}, console.path(), {{true, 200, true, false}});
    EXPECT_TRUE(ran.out.starts_with("\x1b[32m*\x1b[0m nanodnsd 1.1.0 ")) << ran.out;
    EXPECT_NE(ran.out.find("\n\x1b[33m!\x1b[0m shed "), std::string::npos) << ran.out;
}

// Its restart is delayed after a death.
TEST(CtlStatus, ShowsAProcessThatDoesNotRun)
{
    const Console console{[](const admin::ClientToConsole& request) {
        ctl_test::Answer answer = sample_answer(request);
        for (admin::ConsoleToClient& record : answer) {
            auto* const process = std::get_if<admin::StatusProcess>(&record);
            if (process != nullptr && process->name == "updater-tls") {
                process->pid = 0;
                process->missing.clear();
            }
        }
        return answer;
    }};
    const std::string text = run({"status"}, console.path()).out;
    EXPECT_NE(text.find("\n  updater-tls        -  -           2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n! the process updater-tls does not run: the log says why\n"), std::string::npos)
        << text;
    const std::string json = run({"status", "--json"}, console.path()).out;
    EXPECT_NE(json.find(R"("index":0,"pid":null,"up_since":null,"restarts":2,"sandbox":null})"),
              std::string::npos)
        << json;
}

constexpr const char* whole_status =
    R"_({"version":1,"status":{"zone":"dyn.mydomain.test","serial":1732,"version":"1.1.0",)_"
    R"_("up_since":"2026-11-25T07:59:00Z","sandbox":"missing: landlock (refused)",)_"
    R"_("config":{"path":"/etc/nanodnsd/nanodnsd.conf","read":"2026-11-25T12:00:00Z"},"unit":null,)_"
    R"_("sockets":[{"service":"dns_udp","address":"::","port":53},)_"
    R"_({"service":"dns_tcp","address":"::","port":53},{"service":"http","address":"::","port":80},)_"
    R"_({"service":"https","address":"::","port":443},{"service":"control","address":null,"port":null}],)_"
    R"_("memory":null,"processes":[)_"
    R"_({"name":"supervisor","index":0,"pid":4000812,"up_since":"2026-11-25T11:59:00Z","restarts":null,)_"
    R"_("sandbox":"complete"},)_"
    R"_({"name":"responder","index":0,"pid":4000815,"up_since":"2026-11-25T11:59:00Z","restarts":0,)_"
    R"_("sandbox":"complete"},)_"
    R"_({"name":"updater-tls","index":0,"pid":4000816,"up_since":"2026-11-25T11:59:00Z","restarts":2,)_"
    R"_("sandbox":"missing: landlock (refused)"}],)_"
    R"_("hosts":{"count":14,"with_address":12,"overdue":1},)_"
    R"_("updates":{"changed":3,"unchanged":28,"refused":3,"last_host":"home.dyn.mydomain.test",)_"
    R"_("last_at":"2026-11-28T11:56:00Z"},)_"
    R"_("certificate":{"name":"ns.mydomain.test","expires":"2027-01-28T12:00:00Z"},)_"
    R"_("attention":["shed has not reported for 9 d (expect=1d); its last attempt was refused )_"
    R"_(20 min ago: wrong secret, from 192.0.2.9"]}})_"
    "\n";

TEST(CtlStatus, IsJson)
{
    const Console console{sample_answer};
    EXPECT_EQ(run({"status", "--json"}, console.path()).out, whole_status);
}

TEST(CtlStatus, SaysWhatDeservesAttention)
{
    ctl::Status status;
    status.names = ctl::Names{ctl_test::named("@")};
    status.processes = {{"keeper", 0, 1, now - ctl_test::minute, 2, ""},
                        {"responder", 0, 1, now - day, 2, ""},
                        {"responder", 1, 1, now, 1, ""}};
    status.certificate = admin::StatusCertificate{ctl_test::named("ns"), now + 3 * day};
    admin::HostRow refused = ctl_test::shed_row();
    refused.overdue_since.reset();
    admin::HostRow silent = ctl_test::home_row();
    silent.seen.reset();
    silent.overdue_since = now;
    silent.expect = base::Seconds{90};
    status.needy = {refused, silent};
    const std::vector<std::string> expected = {
        "the process keeper was restarted 1 min ago",
        "the process responder-2 was restarted now",
        "the certificate of ns.dyn.mydomain.test expires in 3 d",
        "home has never reported (expect=90s)",
        "shed was refused 3 times since its last success, most recently 20 min ago: wrong secret, from "
        "192.0.2.9",
    };
    EXPECT_EQ(ctl::attention(status, now), expected);
    status.certificate->expires = now - 2 * day;
    EXPECT_EQ(ctl::attention(status, now)[2], "the certificate of ns.dyn.mydomain.test expired 2 d ago");
}

TEST(CtlStatus, HasNoMoreThan20LinesOfAttention)
{
    const Console console{[](const admin::ClientToConsole& request) -> Answer {
        const auto* const hosts = std::get_if<admin::AskHosts>(&request);
        if (hosts == nullptr || hosts->filter != admin::Filter::overdue) {
            return sample_answer(request);
        }
        Answer answer(50, ctl_test::shed_row());
        answer.emplace_back(admin::Done{});
        return answer;
    }};
    const auto ran = run({"status"}, console.path());
    EXPECT_TRUE(ran.out.ends_with("\n! 30 more: nanodnsctl hosts --overdue, nanodnsctl hosts --refused\n"))
        << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '!'), 21);
}

TEST(CtlMemory, IsThatOfProcessesOfTheDaemonOnly)
{
    EXPECT_EQ(ctl::private_memory(1), std::nullopt);
    EXPECT_EQ(ctl::private_memory(4'000'000'000), std::nullopt);
}

TEST(CtlStats, AreATable)
{
    const Console console{sample_answer};
    EXPECT_EQ(run({"stats"}, console.path()).out, "since 2026-11-25T12:00:00Z, 3 d ago\n"
                                                  "VALUE  COUNTER               LABELS\n"
                                                  "12345  dns_queries_total     transport=udp family=4\n"
                                                  "    7  state_expiries_total\n");
    EXPECT_EQ(run({"stats", "--json"}, console.path()).out,
              R"({"version":1,"since":"2026-11-25T12:00:00Z","counters":[)"
              R"({"name":"dns_queries_total","labels":{"transport":"udp","family":"4"},"value":12345},)"
              R"({"name":"state_expiries_total","labels":{},"value":7}]})"
              "\n");
}

} // namespace
