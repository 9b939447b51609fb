// Hosts that leave the config and come back.
#include "daemon/keeper/departed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using testing::HasSubstr;
using testing::Not;

namespace
{

constexpr std::int64_t day = 86400;

/// Hosts a, b and c; b and c have a lifetime of a year. Updates of a cause traffic.
class LeavingHosts : public testing::Test
{
protected:
    LeavingHosts()
    {
        fixture.accounts = {account(10, "a"), account(11, "b", 365 * day), account(12, "c", 365 * day)};
        fixture.start();
        fixture.propose(set4("b", 7));
        fixture.propose(set4("c", 8));
    }

    std::string start_with(const std::vector<ipc::Account>& accounts)
    {
        fixture.accounts = accounts;
        return logged([&] { fixture.start(); });
    }
    std::string leave() { return start_with({all[0], all[2]}); }
    std::string come_back() { return start_with(all); }
    /// Commits until a new generation is valid.
    void compact()
    {
        std::size_t lengths = 0;
        for (int i = 0, fell = 0; fell < 2; ++i) {
            ASSERT_LT(i, 10000);
            logged([&] { fixture.propose(set4("a", static_cast<std::uint8_t>(i))); });
            const auto length = [&](unsigned number) {
                return fixture.file(number).image([](std::size_t) { return true; }).size();
            };
            const std::size_t now = length(0) + length(1);
            fell += now < lengths ? 1 : 0;
            lengths = now;
        }
    }

    LedgerFixture fixture;
    const std::vector<ipc::Account> all{account(10, "a"), account(11, "b", 365 * day),
                                        account(12, "c", 365 * day)};
};

TEST_F(LeavingHosts, GetTheirRecordsBackWithALogMessage)
{
    const std::uint32_t serial = fixture.ledger().serial();
    EXPECT_THAT(
        leave(),
        HasSubstr("keeping the records of 1 hosts that left the config or lost their token, for 7 days or "
                  "until they expire: b.example.org."));
    EXPECT_EQ(fixture.ledger().serial(), serial + 1) << "the zone has changed";
    EXPECT_THAT(come_back(),
                HasSubstr("restored the records of 1 hosts that are back in the config: b.example.org."));
    EXPECT_EQ(fixture.a("b"), "192.0.2.7");
    EXPECT_EQ(fixture.ledger().serial(), serial + 2);
    EXPECT_THAT(come_back(), Not(HasSubstr("restored")));
}

TEST_F(LeavingHosts, GetThemBackAlsoAfterCompactions)
{
    leave();
    compact();
    leave();
    compact();
    come_back();
    compact();
    come_back();
    EXPECT_EQ(fixture.a("b"), "192.0.2.7");
    EXPECT_EQ(fixture.a("c"), "192.0.2.8");
}

TEST_F(LeavingHosts, AreDroppedAfterSevenDaysWhateverHappensMeanwhile)
{
    for (const bool in_time : {true, false}) {
        for (const bool is_compacted : {true, false}) {
            leave();
            for (int i = 0; i < 6; ++i) {
                fixture.pass(day * 1000);
                leave();
            }
            fixture.pass((day - 1) * 1000);
            if (is_compacted) {
                compact();
            }
            fixture.pass(in_time ? 0 : 1000);
            const std::string log = come_back();
            EXPECT_EQ(fixture.a("b"), in_time ? "192.0.2.7" : "-");
            EXPECT_EQ(fixture.state("b").updated, in_time) << "otherwise it is like a new host";
            EXPECT_EQ(log.find("restored") != std::string::npos, in_time);
            come_back();
            EXPECT_EQ(fixture.a("b"), in_time ? "192.0.2.7" : "-");
            logged([&] { fixture.propose(set4("b", 7)); });
        }
    }
}

// each time that a host leaves, the seven days start again
TEST_F(LeavingHosts, HaveSevenDaysEachTime)
{
    for (int i = 0; i < 3; ++i) {
        leave();
        fixture.pass(4 * day * 1000);
        come_back();
        EXPECT_EQ(fixture.a("b"), "192.0.2.7");
    }
}

TEST_F(LeavingHosts, LoseTheirRecordsWhenTheyExpire)
{
    logged([&] { fixture.propose(set4("a", 9)); }); // its lifetime is an hour
    start_with({all[1], all[2]});
    fixture.pass(3599000);
    come_back();
    EXPECT_EQ(fixture.a("a"), "192.0.2.9");
    start_with({all[1], all[2]});
    fixture.pass(1000);
    EXPECT_THAT(come_back(), Not(HasSubstr("restored")));
    EXPECT_EQ(fixture.a("a"), "-");
}

TEST_F(LeavingHosts, AreNotUpdatedWhileTheyAreDeparted)
{
    leave();
    EXPECT_EQ(fixture.propose(set4("b", 99)), ipc::Verdict::refused);
    come_back();
    EXPECT_EQ(fixture.a("b"), "192.0.2.7");
}

// more hosts than fit into one commit
TEST_F(LeavingHosts, MayBeMany)
{
    std::vector<ipc::Account> many = all;
    for (std::uint32_t i = 0; i < 300; ++i) {
        many.push_back(account(20 + i, "host-" + std::to_string(i), 365 * day));
    }
    start_with(many);
    for (std::size_t i = 3; i < many.size(); ++i) {
        logged([&] {
            fixture.propose(set4("host-" + std::to_string(i - 3), static_cast<std::uint8_t>(i % 200)));
        });
    }
    EXPECT_THAT(start_with(all), HasSubstr("until they expire: host-0.example.org., host-1"));
    start_with(all);
    EXPECT_THAT(
        start_with(many),
        HasSubstr(
            "restored the records of 300 hosts that are back in the config: host-0.example.org., host-1"));
    for (std::size_t i = 3; i < many.size(); ++i) {
        ASSERT_EQ(fixture.a("host-" + std::to_string(i - 3)), "192.0.2." + std::to_string(i % 200));
    }
}

TEST_F(LeavingHosts, AreStoredLaterIfTheDiskFails)
{
    fixture.accounts = {all[0], all[2]};
    fixture.fail();
    logged([&] { fixture.start(); });
    fixture.repair_disk();
    fixture.pass(5000);
    EXPECT_THAT(logged([&] {
                    while (fixture.ledger().expire(fixture.now())) {}
                }),
                HasSubstr("left the config"));
    EXPECT_THAT(leave(), Not(HasSubstr("left the config")));
}

TEST(DepartedHosts, AreBounded)
{
    Departed departed;
    journal::HostEntry entry;
    entry.a = base::Address4{{192, 0, 2, 1}};
    entry.expires = unix_time(start_time + 10);
    for (std::size_t i = 0; i < Departed::most_hosts + 5; ++i) {
        entry.name = name_of(std::to_string(i));
        departed.set(entry);
    }
    EXPECT_EQ(departed.dropped(), 5U);
    entry.name = name_of("0");
    departed.set(entry);
    EXPECT_EQ(departed.dropped(), 5U) << "it is present";
    departed.remove(name_of("7"));
    departed.settle(unix_time(start_time), [](const journal::HostEntry&) { return true; });
    EXPECT_EQ(departed.count(), Departed::most_hosts - 1);
    EXPECT_EQ(departed.entry(0).left, unix_time(start_time));
}

} // namespace
