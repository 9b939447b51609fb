// A console that was broken into, and the real keeper. hostile_peers.cpp has the list of all attacks.
#include <gtest/gtest.h>
#include <limits>
#include <poll.h>

#include "proto/ipc/console.h"
#include "proto/ipc/update.h"
#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"
#include "tests/support/send_descriptors.h"

namespace
{

using ipc::Administered;
using privsep::Channel;
using privsep::Transfer;
using sandbox::ByteVector;
using sandbox::NamedRecord;
using sandbox::record_of;

constexpr unsigned console = 2; // LockedChild::peer()
constexpr std::size_t most_growth_of_keeper = 262144;

dns::CompactName host_of_console(const std::string& label)
{
    return dns::CompactName{*dns::Name::from_text(label + ".dyn.example.org")};
}

ipc::SetHost set_by_console(const std::string& label, const char* address)
{
    return {ipc::RequestId{1}, {0, false}, host_of_console(label), base::parse_address4(address), {}};
}

std::vector<ipc::ConsoleToKeeper> requests_of_consoles()
{
    const dns::CompactName home = host_of_console("home");
    return {ipc::AskHosts{},
            ipc::AskHost{{}, home},
            ipc::SetHost{{}, {}, home, base::Address4{{192, 0, 2, 66}}, base::Address6{}},
            ipc::ClearHost{{}, {}, home, true, true, true},
            ipc::AskChanges{},
            ipc::AskSummary{}};
}

/// The request with other values of one byte, of which those that the codec accepts are left out: these are
/// the right of a console.
void add_other_values(const ipc::ConsoleToKeeper& request, std::size_t at, std::vector<NamedRecord>& records)
{
    ByteVector bad = record_of(request);
    const unsigned step = at == 0 ? 1 : 253; // all kinds; else two values
    for (unsigned value = at == 0 ? 0 : 2; value < 256; value += step) {
        bad[at] = static_cast<std::uint8_t>(value);
        if (!ipc::decode<ipc::ConsoleToKeeper>(bad)) {
            records.push_back({"kind " + std::to_string(request.index()) + ", byte " + std::to_string(at) +
                                   ": " + std::to_string(value),
                               bad});
        }
    }
}

std::vector<NamedRecord> bad_requests_of_consoles()
{
    std::vector<NamedRecord> records{{"nothing", {}}, {"60000 bytes", ByteVector(60000, 1)}};
    for (const ipc::ConsoleToKeeper& request : requests_of_consoles()) {
        const ByteVector good = record_of(request);
        const std::string kind = "kind " + std::to_string(request.index());
        for (std::size_t size = 1; size < good.size(); ++size) {
            records.push_back({kind + " cut at " + std::to_string(size), good});
            records.back().bytes.resize(size);
        }
        records.push_back({kind + " with one byte more", good});
        records.back().bytes.push_back(0);
        for (std::size_t at = 0; at < good.size(); ++at) {
            add_other_values(request, at, records);
        }
    }
    records.push_back(
        {"a proposal", record_of<ipc::UpdaterToKeeper>(sandbox::propose("home", "secret", 66))});
    records.push_back({"records of a host", record_of<ipc::KeeperToResponder>(ipc::HostRecords{})});
    return records;
}

class HostileConsole : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        keeper_.emplace("keeper", "[@home]\ntoken=secret\nallow_private=no\n[@nas]\nfollow=home\nsuffix=::2\n"
                                  "follow_a=yes\n[@printer]\na=192.0.2.80\n");
        ASSERT_EQ(set(set_by_console("home", "192.0.2.1")), Administered::changed);
        state_ = state();
    }
    void TearDown() override
    {
        keeper_.reset();
        testing::internal::GetCapturedStderr();
    }

    Channel& channel() { return keeper_->peer(console); }
    std::string state() const { return keeper_->state(0) + keeper_->state(1); }
    static bool is_ready(const Channel& channel, short events)
    {
        pollfd wait{channel.get(), events, 0};
        return ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) == 1;
    }
    static bool is_closed(Channel& channel)
    {
        ByteVector room(ipc::max_record);
        Transfer transfer = Transfer::done;
        while (transfer == Transfer::done && is_ready(channel, POLLIN)) {
            transfer = channel.receive_record(room).transfer;
        }
        return transfer == Transfer::closed;
    }
    std::optional<ipc::KeeperToConsole> hear()
    {
        ByteVector room(ipc::max_record);
        return is_ready(channel(), POLLIN)
                   ? ipc::decode<ipc::KeeperToConsole>(channel().receive_record(room).record)
                   : std::nullopt;
    }
    /// The last message of the answer.
    template <typename End>
    std::optional<End> ask(const ipc::ConsoleToKeeper& request)
    {
        EXPECT_EQ(channel().send_record(record_of(request)), Transfer::done);
        for (auto message = hear(); message; message = hear()) {
            if (const auto* end = std::get_if<End>(&*message)) {
                return *end;
            }
        }
        return std::nullopt;
    }
    Administered set(const ipc::SetHost& request)
    {
        const auto result = ask<ipc::HostChanged>(request);
        return result ? result->result : Administered::unavailable;
    }
    void attach()
    {
        auto [ours, theirs] = Channel::pair();
        ASSERT_EQ(keeper_->control().send(ipc::Attach{ipc::Role::console, 0}, theirs.get()), Transfer::done);
        channel() = std::move(ours);
    }
    void expect_reported()
    {
        const auto heard = keeper_->hear();
        const auto* report = heard ? std::get_if<ipc::PeerReport>(&*heard) : nullptr;
        ASSERT_NE(report, nullptr);
        EXPECT_EQ(report->role, ipc::Role::console);
        EXPECT_EQ(report->index, 0);
    }
    void expect_unharmed()
    {
        EXPECT_TRUE(keeper_->answers());
        EXPECT_EQ(state(), state_);
    }
    /// An update of a client is settled.
    void expect_at_work()
    {
        constexpr unsigned updater = 0;
        Channel& proposals = keeper_->peer(updater);
        const auto proposal = sandbox::propose("home", "secret", ++last_);
        ASSERT_EQ(proposals.send_record(record_of<ipc::UpdaterToKeeper>(proposal)), Transfer::done);
        ASSERT_TRUE(is_ready(proposals, POLLIN));
        ByteVector room(ipc::max_record);
        const auto message = ipc::decode<ipc::KeeperToUpdater>(proposals.receive_record(room).record);
        ASSERT_TRUE(message);
        EXPECT_EQ(std::get<ipc::Settled>(*message).hosts.at(0).verdict, ipc::Verdict::committed);
    }

    std::optional<sandbox::LockedChild> keeper_;
    std::string state_;
    std::uint8_t last_ = 100;
};

TEST_F(HostileConsole, IsDisconnectedForEachInvalidRecord)
{
    const auto records = bad_requests_of_consoles();
    EXPECT_GT(records.size(), 400U);
    for (const auto& [name, record] : records) {
        SCOPED_TRACE(name);
        ASSERT_EQ(channel().send_record(record), Transfer::done);
        EXPECT_TRUE(is_closed(channel()));
        expect_reported();
        expect_unharmed();
        attach();
    }
    expect_at_work();
}

TEST_F(HostileConsole, PassesNoDescriptor)
{
    const std::size_t before = keeper_->descriptors();
    for (const std::size_t count : {1U, 2U, 200U}) {
        auto [ours, theirs] = Channel::pair();
        const auto record = record_of<ipc::ConsoleToKeeper>(set_by_console("home", "192.0.2.66"));
        ASSERT_TRUE(support::send_with_descriptors(channel().get(), record, theirs.get(), count));
        theirs = Channel{};
        EXPECT_TRUE(is_closed(ours)) << "a process holds the other end";
        expect_reported();
        attach();
    }
    expect_unharmed();
    EXPECT_EQ(keeper_->descriptors(), before);
    expect_at_work();
}

TEST_F(HostileConsole, ChangesNoHostThatAnUpdateCannotChange)
{
    EXPECT_EQ(set(set_by_console("printer", "192.0.2.66")), Administered::static_host);
    EXPECT_EQ(set(set_by_console("nas", "192.0.2.66")), Administered::follower);
    for (const char* label : {"unknown", "home.home", "*", "xn--home"}) {
        EXPECT_EQ(set(set_by_console(label, "192.0.2.66")), Administered::no_such_host) << label;
    }
    for (const char* address : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
        EXPECT_EQ(set(set_by_console("home", address)), Administered::invalid_address) << address;
    }
    EXPECT_EQ(set(set_by_console("home", "10.0.0.1")), Administered::private_address);
    ipc::SetHost elsewhere = set_by_console("home", "192.0.2.66");
    elsewhere.name = dns::CompactName{*dns::Name::from_text("home.example.net")};
    EXPECT_EQ(set(elsewhere), Administered::no_such_host);
    const auto cleared =
        ask<ipc::HostChanged>(ipc::ClearHost{{}, {}, host_of_console("home"), false, false, true});
    ASSERT_TRUE(cleared);
    EXPECT_EQ(cleared->result, Administered::no_challenge);
    expect_unharmed();
    expect_at_work();
}

TEST_F(HostileConsole, AsksForPlacesAndPagesThatThereAreNot)
{
    const auto summary = ask<ipc::Summary>(ipc::AskSummary{});
    ASSERT_TRUE(summary);
    const std::uint64_t list = summary->place.list;
    constexpr auto last = std::numeric_limits<std::uint64_t>::max();
    for (const ipc::ChangePlace& place : std::vector<ipc::ChangePlace>{
             {0, 0}, {list + 1, 0}, {list, summary->place.number + 1}, {list, last}, {last, last}}) {
        EXPECT_TRUE(ask<ipc::ChangesLost>(ipc::AskChanges{{}, place})) << place.number;
    }
    for (const std::uint32_t first : {3U, 64U, 0x80000000U, 0xFFFFFFFFU}) {
        for (const std::uint8_t count : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{255}}) {
            const auto end = ask<ipc::RowsEnd>(ipc::AskHosts{{}, ipc::HostIndex{first}, count});
            ASSERT_TRUE(end);
            EXPECT_FALSE(end->next);
        }
    }
    expect_unharmed();
    expect_at_work();
}

// The keeper waits for nobody.
TEST_F(HostileConsole, CanSendWithoutReadingAndDelaysOnlyItself)
{
    const std::size_t before = keeper_->private_memory();
    std::size_t sent = 0;
    const ByteVector record = record_of<ipc::ConsoleToKeeper>(ipc::AskHosts{});
    for (int full = 0; full < 50;) {
        if (channel().send_record(record) == Transfer::done) {
            ++sent;
            full = 0;
        } else {
            ++full;
            ASSERT_TRUE(keeper_->answers());
        }
        ASSERT_LT(sent, 100000U) << "the keeper must stop reading";
    }
    expect_unharmed();
    EXPECT_LE(keeper_->private_memory(), before + most_growth_of_keeper);
    expect_at_work();
    for (std::size_t ends = 0; ends < sent;) {
        const auto message = hear();
        ASSERT_TRUE(message) << ends;
        ends += std::holds_alternative<ipc::RowsEnd>(*message) ? 1U : 0U;
    }
}

// That is its right, and costs each time what an update costs.
TEST_F(HostileConsole, CanSetAHostAgainAndAgainWithoutMakingTheKeeperGrow)
{
    const std::size_t before = keeper_->private_memory();
    for (unsigned i = 0; i < 3000; ++i) {
        const char* address = i % 2 == 0 ? "192.0.2.66" : "192.0.2.67";
        ASSERT_EQ(set(set_by_console("home", address)), Administered::changed);
    }
    EXPECT_TRUE(keeper_->answers());
    EXPECT_LE(keeper_->private_memory(), before + most_growth_of_keeper);
    expect_at_work();
}

} // namespace
