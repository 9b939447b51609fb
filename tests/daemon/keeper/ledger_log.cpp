// What the ledger logs, and how often.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::HasSubstr;

namespace
{

/// The number of lines that so many changes of this host cause, and the last one.
std::pair<std::ptrdiff_t, std::string> change_lines(LedgerFixture& fixture, std::string_view host,
                                                    int changes)
{
    const std::string log = logged([&] {
        for (int i = 0; i < changes; ++i) {
            const auto last = static_cast<std::uint8_t>(1 + fixture.ledger().serial() % 200);
            ASSERT_EQ(fixture.propose(set4(host, last)), Verdict::committed);
        }
    });
    const auto lines = std::count(log.begin(), log.end(), '\n');
    return {lines, lines == 0 ? "" : log.substr(log.rfind('\n', log.size() - 2) + 1)};
}

} // namespace

TEST(LedgerLog, HasTenLinesAboutAHostAndThenOneAMinute)
{
    LedgerFixture fixture;
    fixture.start();
    EXPECT_EQ(change_lines(fixture, "a", 4000).first, 10);
    EXPECT_EQ(fixture.ledger().serial(), start_time + 4000);
    EXPECT_EQ(change_lines(fixture, "b", 1).first, 1); // another host
    fixture.pass(59'000);
    EXPECT_EQ(change_lines(fixture, "a", 7).first, 0);
    fixture.pass(1000);
    const auto [lines, last] = change_lines(fixture, "a", 1);
    EXPECT_EQ(lines, 1);
    EXPECT_THAT(
        last,
        HasSubstr(
            "a.example.org. A 192.0.2.9 (was 192.0.2.8), by dyndns2 from 203.0.113.9, serial 1795004009 "
            "(3997 earlier changes of this host were not logged)\n"));
    fixture.pass(120'000);
    EXPECT_THAT(change_lines(fixture, "a", 2).second, HasSubstr(", serial 1795004011\n"));
}

TEST(LedgerLog, CountsTheHostsThatHaveAddresses)
{
    LedgerFixture fixture;
    fixture.accounts[1].token_sets_challenge = true;
    logged([&] {
        fixture.start();
        EXPECT_EQ(fixture.propose(set4("a", 1)), Verdict::committed);
        EXPECT_EQ(fixture.propose(set_txt("b", 'x')), Verdict::committed);
        EXPECT_EQ(fixture.propose(set_prefix("c", "2001:db8::")), Verdict::committed);
    });
    EXPECT_THAT(logged([&] { fixture.start(); }), HasSubstr(", 1 hosts with addresses\n"));
}

TEST(ChangeLines, HasAHostOnceHoweverOftenItChanges)
{
    ChangeLines lines{1};
    for (int change = 0; change < 100'000; ++change) {
        lines.change(0, base::Uptime{change * 50});
    }
    EXPECT_EQ(lines.silent(), 1U);
}

// Otherwise the log would not have the address that the host has from then on.
TEST(LedgerLog, HasTheLastChangeOfAHostThatIsChangedNoMore)
{
    LedgerFixture fixture;
    fixture.start();
    EXPECT_EQ(change_lines(fixture, "a", 12).first, 10);
    EXPECT_EQ(logged([&] { fixture.ledger().expire(fixture.now()); }), "");
    fixture.pass(60'000);
    EXPECT_THAT(logged([&] { fixture.ledger().expire(fixture.now()); }),
                HasSubstr("a.example.org. A 192.0.2.12, serial 1795000012 (the last 2 changes of this host "
                          "were not logged)\n"));
    fixture.pass(60'000);
    EXPECT_EQ(logged([&] { fixture.ledger().expire(fixture.now()); }), "");
}

TEST(LedgerLog, HasTheLastChangeOfEachHostAtTheEnd)
{
    LedgerFixture fixture;
    fixture.start();
    change_lines(fixture, "a", 12);
    change_lines(fixture, "b", 11);
    const std::string log = logged([&] { fixture.ledger().finish_log(); });
    EXPECT_THAT(log, HasSubstr("a.example.org. A 192.0.2.12, serial 1795000012 (the last 2 changes"));
    EXPECT_THAT(log, HasSubstr("b.example.org. A 192.0.2.23, serial 1795000023 (the last 1 changes"));
    EXPECT_EQ(logged([&] { fixture.ledger().finish_log(); }), "");
}

// With -v. They leave room for lines about changes.
TEST(LedgerLog, LimitsTheLinesAboutUpdatesThatChangeNothing)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 7));
    privsep::log_as("", false, 1);
    const std::string log = logged([&] {
        for (int i = 0; i < 100; ++i) {
            fixture.propose(set4("a", 7));
        }
    });
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 4);
    EXPECT_THAT(log, HasSubstr("a.example.org. unchanged, by dyndns2 from 203.0.113.9"));
    privsep::log_as("", false, 0);
    EXPECT_EQ(change_lines(fixture, "a", 100).first, 5);
}

TEST(LedgerLog, CountsUpdatesThatCannotBeStoredEachMinute)
{
    LedgerFixture fixture;
    fixture.start();
    const auto propose = [&](int count) {
        return logged([&] {
            for (int i = 0; i < count; ++i) {
                EXPECT_EQ(fixture.propose(set4("a", 8)), Verdict::unavailable);
            }
        });
    };
    fixture.fail();
    EXPECT_THAT(propose(1), HasSubstr("cannot store a change"));
    fixture.pass(59'999);
    EXPECT_EQ(propose(5), "");
    fixture.pass(1);
    EXPECT_THAT(propose(1),
                HasSubstr("updates still cannot be stored: 7 were answered with 503 in the last 60 s\n"));
    fixture.pass(61'000);
    EXPECT_THAT(propose(1),
                HasSubstr("updates still cannot be stored: 1 were answered with 503 in the last 61 s\n"));
    fixture.repair_disk();
    EXPECT_EQ(fixture.propose(set4("a", 8)), Verdict::committed);
    fixture.ledger().store_nothing(true); // the supervisor has logged why
    EXPECT_EQ(propose(3), "");
    fixture.pass(60'000);
    EXPECT_THAT(propose(1),
                HasSubstr("updates still cannot be stored, because the state is not in place: 4 were "
                          "answered with 503 in the last 60 s\n"));
}
