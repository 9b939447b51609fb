#include <gtest/gtest.h>

#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Console;
using ctl_test::run;
using ctl_test::sample_answer;
namespace admin = ipc::admin;

constexpr const char* whole_table =
    "NAME  A          AAAA                     CHANGED  SEEN       FROM       BY       EXPIRES  NOTE\n"
    "home  192.0.2.7  2001:db8:aa:1::1         2 h ago  4 min ago  192.0.2.7  dyndns2  in 34 d\n"
    "nas   192.0.2.7  2001:db8:bb:100::5678:1  2 h ago  -          -          -        in 34 d  follows "
    "home\n"
    "shed  -          -                        9 d ago  9 d ago    192.0.2.9  duckdns  -        "
    "overdue since 8 d, 3 refused\n"
    "www   192.0.2.1  2001:db8::1              -        -          -          -        -        static\n";

TEST(CtlHosts, AreATable)
{
    const Console console{sample_answer};
    const auto ran = run({"hosts"}, console.path());
    EXPECT_EQ(ran.out, whole_table);
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(ran.status, 0);
}

TEST(CtlHosts, LoseColumnsFromTheRightOnANarrowTerminal)
{
    const Console console{sample_answer};
    const ctl::Terminal narrow{true, 52, false};
    EXPECT_EQ(run({"hosts"}, console.path(), {narrow}).out,
              "NAME  A          AAAA                     CHANGED\n"
              "home  192.0.2.7  2001:db8:aa:1::1         2 h ago\n"
              "nas   192.0.2.7  2001:db8:bb:100::5678:1  2 h ago\n"
              "shed  -          -                        9 d ago\n"
              "www   192.0.2.1  2001:db8::1              -\n");
    EXPECT_EQ(run({"hosts", "--wide"}, console.path(), {narrow}).out, whole_table);
    const ctl::Terminal of20{true, 20, false};
    EXPECT_EQ(run({"hosts"}, console.path(), {of20}).out,
              "NAME  A\nhome  192.0.2.7\nnas   192.0.2.7\nshed  -\nwww   192.0.2.1\n");
    const ctl::Terminal tiny{true, 2, false};
    EXPECT_EQ(run({"hosts"}, console.path(), {tiny}).out, "NAME\nhome\nnas\nshed\nwww\n");
}

TEST(CtlHosts, AreChosenByPattern)
{
    const Console console{sample_answer};
    const std::string www = "NAME  A          AAAA         CHANGED  SEEN  FROM  BY  EXPIRES  NOTE\n"
                            "www   192.0.2.1  2001:db8::1  -        -     -     -   -        static\n";
    for (const char* pattern : {"w*", "WWW", "*w", "www.dyn.mydomain.test", "w*.dyn.mydomain.test."}) {
        EXPECT_EQ(run({"hosts", pattern}, console.path()).out, www) << pattern;
    }
    EXPECT_EQ(run({"hosts", "*"}, console.path()).out, whole_table);
}

TEST(CtlHosts, AreChosenByWhatIsWrong)
{
    const Console console{sample_answer};
    const std::string shed =
        "NAME  A  AAAA  CHANGED  SEEN     FROM       BY       EXPIRES  NOTE\n"
        "shed  -  -     9 d ago  9 d ago  192.0.2.9  duckdns  -        overdue since 8 d, 3 refused\n";
    EXPECT_EQ(run({"hosts", "--overdue"}, console.path()).out, shed);
    EXPECT_EQ(run({"--refused", "hosts", "s*"}, console.path()).out, shed);
}

TEST(CtlHosts, ThatAreNotWrongAreNotSaidToBeAll)
{
    const Console console{sample_answer};
    const auto said = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "hosts");
        const auto ran = run(words, console.path());
        EXPECT_EQ(ran.status, 0);
        EXPECT_EQ(ran.err, "");
        return ran.out;
    };
    EXPECT_EQ(said({"--overdue", "h*"}), "No host that matches h* is overdue.\n");
    EXPECT_EQ(said({"--refused", "h*"}), "No host that matches h* was refused since its last success, as far "
                                         "as the keeper remembers.\n");
    EXPECT_EQ(said({"--overdue", "home"}), "home is not overdue.\n");
    EXPECT_EQ(said({"--refused", "home"}),
              "home was not refused since its last success, as far as the keeper remembers.\n");
    EXPECT_EQ(said({"--overdue", "home", "--json"}), R"({"version":1,"zone":"dyn.mydomain.test","hosts":[]})"
                                                     "\n");
    for (const char* filter : {"--overdue", "--refused"}) {
        for (const char* host : {"shad", "shad.dyn.mydomain.test"}) {
            const auto ran = run({"hosts", filter, host}, console.path());
            EXPECT_EQ(ran.status, 4);
            EXPECT_EQ(ran.out, "");
            EXPECT_EQ(ran.err,
                      "nanodnsctl: there is no host " + std::string{host} + "; did you mean shed?\n");
        }
    }
}

TEST(CtlHosts, AreNeitherOverdueNorRefused)
{
    const Console console{[](const admin::ClientToConsole& request) -> ctl_test::Answer {
        return std::holds_alternative<admin::AskHosts>(request) ? ctl_test::Answer{admin::Done{}}
                                                                : sample_answer(request);
    }};
    EXPECT_EQ(run({"hosts"}, console.path()).out, "There are no hosts.\n");
    EXPECT_EQ(run({"hosts", "--overdue"}, console.path()).out, "No host is overdue.\n");
    EXPECT_EQ(run({"hosts", "--refused"}, console.path()).out,
              "No host was refused since its last success, as far as the keeper remembers.\n");
}

TEST(CtlHosts, AreJson)
{
    const Console console{sample_answer};
    const auto ran = run({"hosts", "--json", "*h*m*"}, console.path());
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.out, R"({"version":1,"zone":"dyn.mydomain.test","hosts":[{"name":"home.dyn.mydomain.test",)"
                       R"("label":"home","kind":"dynamic","a":["192.0.2.7"],"aaaa":["2001:db8:aa:1::1"],)"
                       R"("a_left_out":0,"aaaa_left_out":0,"acme_txt":[],"ttl":60,)"
                       R"("changed":"2026-11-28T09:59:00Z","seen":"2026-11-28T11:56:00Z",)"
                       R"("expires":"2027-01-01T13:00:00Z","overdue_since":null,"from":"192.0.2.7",)"
                       R"("dialect":"dyndns2","uid":null,"follows":null,"prefix":"2001:db8:bb:100::/56",)"
                       R"("followers":["nas.dyn.mydomain.test"],"refused":null}]})"
                       "\n");
}

TEST(CtlHosts, AreJsonWithTheLastRefusal)
{
    const Console console{sample_answer};
    const auto ran = run({"hosts", "--json", "--refused"}, console.path());
    EXPECT_EQ(ran.out,
              R"({"version":1,"zone":"dyn.mydomain.test","hosts":[{"name":"shed.dyn.mydomain.test",)"
              R"("label":"shed","kind":"dynamic","a":[],"aaaa":[],"a_left_out":0,"aaaa_left_out":0,)"
              R"("acme_txt":[],"ttl":60,)"
              R"("changed":"2026-11-19T12:00:00Z","seen":"2026-11-19T12:00:00Z","expires":null,)"
              R"("overdue_since":"2026-11-20T12:00:00Z","from":"192.0.2.9","dialect":"duckdns",)"
              R"("uid":null,"follows":null,"prefix":null,"followers":[],"refused":{"count":5,)"
              R"("since_success":3,"at":"2026-11-28T11:40:00Z","from":"192.0.2.9","dialect":"duckdns",)"
              R"("reason":"wrong secret"}}]})"
              "\n");
}

TEST(CtlHosts, ThatAreNotThereAreSaidWithTheNearest)
{
    const Console console{sample_answer};
    const auto near = run({"hosts", "shad"}, console.path());
    EXPECT_EQ(near.status, 4);
    EXPECT_EQ(near.out, "");
    EXPECT_EQ(near.err, "nanodnsctl: there is no host shad; did you mean shed?\n");
    const auto none = run({"hosts", "x*"}, console.path());
    EXPECT_EQ(none.status, 4);
    EXPECT_EQ(none.err, "nanodnsctl: no host matches x*; nanodnsctl hosts lists all\n");
    const auto root = run({"hosts", "."}, console.path());
    EXPECT_EQ(root.status, 4);
    EXPECT_EQ(root.err, "nanodnsctl: there is no host .; nanodnsctl hosts lists all\n");
    const auto longest = run({"hosts", std::string(256, '*')}, console.path());
    EXPECT_EQ(longest.status, 2);
    EXPECT_EQ(longest.err, "nanodnsctl: found a pattern of 256 bytes, expected at most 255\n");
}

TEST(CtlShow, IsAllOfAHost)
{
    const Console console{sample_answer};
    EXPECT_EQ(run({"show", "home"}, console.path()).out, "home.dyn.mydomain.test\n"
                                                         "  kind       dynamic\n"
                                                         "  A          192.0.2.7\n"
                                                         "  AAAA       2001:db8:aa:1::1\n"
                                                         "  TTL        60 s\n"
                                                         "  changed    2 h ago\n"
                                                         "  seen       4 min ago, from 192.0.2.7 by dyndns2\n"
                                                         "  lifetime   35 d, expires in 34 d\n"
                                                         "  expected   a report every 1 d\n"
                                                         "  prefix     2001:db8:bb:100::/56\n"
                                                         "  followers  nas\n");
    EXPECT_EQ(run({"show", "shed.dyn.mydomain.test"}, console.path()).out,
              "shed.dyn.mydomain.test\n"
              "  kind      dynamic\n"
              "  TTL       60 s\n"
              "  changed   9 d ago\n"
              "  seen      9 d ago, from 192.0.2.9 by duckdns\n"
              "  lifetime  35 d\n"
              "  expected  a report every 1 d; overdue for 8 d\n"
              "  refused   3 since the last success; the last one 20 min ago, from 192.0.2.9 by duckdns: "
              "wrong secret\n");
}

// Only tables have columns to leave out.
TEST(CtlShow, IsAllOfAHostOnANarrowTerminal)
{
    const Console console{sample_answer};
    const ctl::Terminal of20{true, 20, false};
    const auto ran = run({"show", "home"}, console.path(), {of20});
    EXPECT_EQ(ran.out, run({"show", "home"}, console.path()).out);
    EXPECT_EQ(ran.status, 0);
}

TEST(CtlShow, SaysThatAnAdministratorSetTheAddresses)
{
    admin::HostRow row = ctl_test::home_row();
    row.dialect = "administrator";
    row.from.reset();
    row.uid = 1000;
    const Console console{[&](const admin::ClientToConsole& request) -> ctl_test::Answer {
        return std::holds_alternative<admin::AskHost>(request) ? ctl_test::Answer{row, admin::Done{}}
                                                               : sample_answer(request);
    }};
    const std::string said = run({"show", "home"}, console.path()).out;
    EXPECT_NE(said.find("\n  seen      4 min ago\n  set by    an administrator, uid 1000\n"),
              std::string::npos)
        << said;
}

// The daemon sends at most 128 of each family.
TEST(CtlShow, SaysHowManyAddressesThereAreOfEachFamily)
{
    admin::HostRow row = ctl_test::home_row();
    row.a.assign(admin::HostRow::max_addresses, row.a.front());
    row.a_left_out = 872;
    row.aaaa.clear();
    const Console console{[&](const admin::ClientToConsole& request) -> ctl_test::Answer {
        const bool is_asked = std::holds_alternative<admin::AskHost>(request) ||
                              std::holds_alternative<admin::AskHosts>(request);
        return is_asked ? ctl_test::Answer{row, admin::Done{}} : sample_answer(request);
    }};
    const std::string shown = run({"show", "home"}, console.path()).out;
    EXPECT_NE(shown.find(", 192.0.2.7, 872 more addresses\n"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("AAAA"), std::string::npos) << shown;
    const std::string table = run({"hosts"}, console.path()).out;
    EXPECT_NE(table.find("\nhome  192.0.2.7 +999  -"), std::string::npos) << table;
    const std::string json = run({"show", "home", "--json"}, console.path()).out;
    EXPECT_NE(json.find(R"("aaaa":[],"a_left_out":872,"aaaa_left_out":0,)"), std::string::npos) << json;
}

TEST(CtlShow, IsJsonWithTheFollowers)
{
    const Console console{sample_answer};
    const auto ran = run({"show", "home", "--json"}, console.path());
    EXPECT_TRUE(ran.out.starts_with(R"({"version":1,"host":{"name":"home.dyn.mydomain.test",)")) << ran.out;
    EXPECT_TRUE(ran.out.ends_with(R"("followers":["nas.dyn.mydomain.test"],"refused":null}})"
                                  "\n"))
        << ran.out;
}

TEST(CtlShow, FindsTheNearestHost)
{
    const Console console{sample_answer};
    for (const char* host : {"hone", "hone.dyn.mydomain.test", "HONE"}) {
        const auto ran = run({"show", host}, console.path());
        EXPECT_EQ(ran.status, 4);
        EXPECT_EQ(ran.err, "nanodnsctl: there is no host " + std::string{host} + "; did you mean home?\n");
    }
    EXPECT_EQ(run({"show", "a..b"}, console.path()).err,
              "nanodnsctl: there is no host a..b; nanodnsctl hosts lists all\n");
    EXPECT_EQ(run({"show", "@"}, console.path()).status, 4);
}

} // namespace
