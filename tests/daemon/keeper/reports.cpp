// When a host was heard from last, by whom it was changed, and which hosts are silent for too long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using ipc::Verdict;
using journal::Report;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace
{

constexpr std::int64_t day_ms = 86400 * 1000;

const base::Address6 client_of_fixture = base::parse_address("203.0.113.9")->as6();

const Report& report_of(LedgerFixture& fixture, std::string_view host)
{
    const Hosts& hosts = fixture.ledger().table();
    return hosts.report(*hosts.find(name_of(host)));
}

ipc::Verdict administer(LedgerFixture& fixture, std::string_view host, const ipc::Propose& proposal,
                        const ipc::Administrator& by = {1000, false})
{
    Ledger& ledger = fixture.ledger();
    const ipc::HostOutcome outcome =
        ledger.administer(*ledger.table().find(name_of(host)), proposal, by, fixture.now());
    ledger.published();
    return outcome.verdict;
}

std::string expire(LedgerFixture& fixture)
{
    return logged([&] { fixture.ledger().expire(fixture.now()); });
}

} // namespace

TEST(Reports, AreInTheState)
{
    LedgerFixture fixture;
    fixture.start();
    EXPECT_EQ(report_of(fixture, "a"), Report{});
    fixture.pass(5000);
    ipc::Propose proposal = set4("a", 1);
    proposal.dialect = ipc::Dialect::duckdns;
    fixture.propose(proposal);
    fixture.pass(10000);
    EXPECT_EQ(fixture.propose(proposal), Verdict::unchanged);
    const Report expected{unix_time(start_time + 15), unix_time(start_time + 5), client_of_fixture, 0, 2};
    EXPECT_EQ(report_of(fixture, "a"), expected);
    fixture.start();
    EXPECT_EQ(report_of(fixture, "a"), expected);
    EXPECT_EQ(report_of(fixture, "b"), Report{});
}

TEST(Reports, OfAnAdministratorAreNoneOfTheHost)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 1));
    fixture.pass(5000);
    EXPECT_EQ(administer(fixture, "a", set4("a", 2)), Verdict::committed);
    const auto stored = [&](std::uint32_t uid, std::uint8_t source) {
        return Report{unix_time(start_time), unix_time(start_time + 5), {}, uid, source};
    };
    EXPECT_EQ(report_of(fixture, "a"), stored(1000, Report::administrator_with_uid));
    EXPECT_EQ(administer(fixture, "a", set4("a", 2), {1001, true}), Verdict::unchanged);
    EXPECT_EQ(report_of(fixture, "a"), stored(1001, Report::administrator_claiming_uid));
    EXPECT_EQ(administer(fixture, "a", set4("a", 2), {}), Verdict::unchanged);
    EXPECT_EQ(report_of(fixture, "a"), stored(0, Report::administrator));
    EXPECT_THAT(logged([&] { administer(fixture, "b", set4("b", 2)); }),
                HasSubstr("b.example.org. A 192.0.2.2, by an administrator, uid 1000, serial "));
}

TEST(Reports, OfAChallengeAreNoneOfTheHost)
{
    LedgerFixture fixture;
    fixture.accounts[0].token_sets_challenge = true;
    fixture.start();
    EXPECT_EQ(fixture.propose(set_txt("a", 'x')), Verdict::committed);
    EXPECT_EQ(report_of(fixture, "a"), Report{});
}

TEST(Reports, HaveTheTimeAtWhichAnAddressExpired)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 1));
    fixture.pass(60'000);
    expire(fixture);
    const Report expected{unix_time(start_time), unix_time(start_time + 60), client_of_fixture, 0, 1};
    EXPECT_EQ(report_of(fixture, "c"), expected);
    fixture.start();
    EXPECT_EQ(report_of(fixture, "c"), expected);
    EXPECT_TRUE(fixture.state("c").updated);
}

// A host may report that nothing is to be changed before it was ever updated.
TEST(Reports, LeaveTheAddressesOfTheConfig)
{
    LedgerFixture fixture;
    fixture.start();
    ipc::Propose keep = set4("a", 1);
    keep.ipv4.change = ipc::Change::keep;
    keep.ipv6.change = ipc::Change::keep;
    EXPECT_EQ(fixture.propose(keep), Verdict::unchanged);
    const std::uint32_t serial = fixture.ledger().serial();
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(fixture.state("a").updated);
        EXPECT_EQ(report_of(fixture, "a").seen, unix_time(start_time));
        EXPECT_EQ(fixture.ledger().serial(), serial);
        fixture.start();
    }
}

TEST(Reports, AreForgottenIfTheHostLeavesTheConfig)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 1));
    const ipc::Account left = fixture.accounts.front();
    fixture.accounts.erase(fixture.accounts.begin());
    fixture.start();
    fixture.accounts.insert(fixture.accounts.begin(), left);
    fixture.start();
    EXPECT_EQ(fixture.a("a"), "192.0.2.1");
    EXPECT_EQ(report_of(fixture, "a"), Report{});
}

TEST(Expected, HostIsOverdueAndThenBack)
{
    LedgerFixture fixture;
    fixture.accounts[0].expect = base::Seconds{86400};
    fixture.accounts[0].lifetime = base::never;
    fixture.start();
    fixture.propose(set4("a", 1));
    fixture.pass(day_ms - 1000);
    EXPECT_EQ(expire(fixture), "");
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 1000);
    const HostNumber a = *fixture.ledger().table().find(name_of("a"));
    EXPECT_FALSE(fixture.ledger().overdue().since(a));
    fixture.pass(1000);
    EXPECT_THAT(expire(fixture), HasSubstr("a.example.org. is overdue: there was no update for 86400 s\n"));
    EXPECT_EQ(fixture.ledger().overdue().since(a), unix_time(start_time + 86400));
    EXPECT_EQ(fixture.ledger().overdue().count(), 1U);
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 60000);
    fixture.pass(day_ms);
    EXPECT_EQ(expire(fixture), "");
    administer(fixture, "a", set4("a", 1));
    EXPECT_EQ(fixture.ledger().overdue().count(), 1U) << "an administrator does not speak for the host";
    EXPECT_THAT(logged([&] { fixture.propose(set4("a", 1)); }),
                HasSubstr("a.example.org. is back: it was overdue for 86400 s\n"));
    EXPECT_EQ(fixture.ledger().overdue().count(), 0U);
    fixture.pass(day_ms);
    EXPECT_THAT(expire(fixture), HasSubstr("a.example.org. is overdue"));
}

TEST(Expected, HostThatIsOverdueIsNamedAtTheStartButNotAgainAtAReload)
{
    LedgerFixture fixture;
    fixture.accounts[0].expect = base::Seconds{60};
    fixture.accounts[1].expect = base::Seconds{80};
    fixture.start();
    fixture.pass(70'000);
    EXPECT_THAT(expire(fixture), HasSubstr("a.example.org. is overdue"));
    EXPECT_THAT(logged([&] { fixture.start(); }), HasSubstr("hosts that are overdue: a.example.org.\n"));
    fixture.is_reload = true;
    EXPECT_THAT(logged([&] { fixture.start(); }), Not(HasSubstr("overdue")));
    EXPECT_EQ(fixture.ledger().overdue().count(), 1U);
    fixture.pass(15'000); // b becomes overdue while there is no keeper
    EXPECT_THAT(logged([&] { fixture.start(); }) + expire(fixture),
                AllOf(HasSubstr("b.example.org. is overdue"), Not(HasSubstr("a.example.org."))));
    EXPECT_EQ(fixture.ledger().overdue().count(), 2U);
}

TEST(Expected, HostThatNeverReportedCountsFromTheFirstConfigWithIt)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.pass(day_ms);
    fixture.accounts[1].expect = base::Seconds{60};
    fixture.start(); // a reload
    EXPECT_EQ(expire(fixture), "");
    fixture.pass(59'000);
    fixture.start(); // neither this one nor an administrator starts it again
    administer(fixture, "b", set4("b", 1));
    EXPECT_EQ(expire(fixture), "");
    EXPECT_EQ(fixture.ledger().overdue().count(), 0U);
    fixture.pass(1000);
    EXPECT_THAT(expire(fixture),
                HasSubstr("b.example.org. is overdue: it never reported, and no update for 60 s\n"));
    fixture.reboot();
    EXPECT_THAT(logged([&] { fixture.start(start_time + 86400 + 120); }),
                HasSubstr("hosts that are overdue: b.example.org.\n"));
    fixture.propose(set4("b", 1));
    EXPECT_EQ(report_of(fixture, "b").last_seen(), unix_time(start_time + 86400 + 120));
}

TEST(Expected, HostCountsAnewIfTheConfigHadItNotMeanwhile)
{
    for (const bool leaves : {false, true}) {
        LedgerFixture fixture;
        const ipc::Account without = fixture.accounts.back();
        fixture.accounts.back().expect = base::Seconds{60};
        const ipc::Account with = fixture.accounts.back();
        fixture.start();
        fixture.accounts.pop_back();
        if (!leaves) {
            fixture.accounts.push_back(without);
        }
        fixture.start();
        expire(fixture); // stores it
        fixture.pass(61'000);
        fixture.accounts.resize(2);
        fixture.accounts.push_back(with);
        fixture.start();
        expire(fixture);
        EXPECT_EQ(fixture.ledger().overdue().count(), 0U) << leaves;
        fixture.pass(60'000);
        EXPECT_THAT(expire(fixture), HasSubstr("c.example.org. is overdue: it never reported")) << leaves;
    }
}

TEST(Expected, HostsThatWereOverdueAreOneLineAtAStart)
{
    LedgerFixture fixture;
    for (std::uint32_t i = 0; i < 10; ++i) {
        fixture.accounts.push_back(account(20 + i, "h" + std::to_string(i)));
        fixture.accounts.back().expect = base::Seconds{60};
    }
    fixture.start();
    for (int i = 0; i < 10; ++i) {
        fixture.propose(set4("h" + std::to_string(i), 1));
    }
    fixture.pass(61'000);
    const std::string log = logged([&] { fixture.start(start_time + 61); });
    EXPECT_THAT(log, HasSubstr("hosts that are overdue: h0.example.org., "));
    EXPECT_THAT(log, HasSubstr(", ...\n"));
    EXPECT_EQ(expire(fixture), "");
    EXPECT_EQ(fixture.ledger().overdue().count(), 10U);
}
