// An updater that was broken into looks at hosts, and a keeper that was broken into answers what nobody
// asked. hostile_peers.cpp has the list of all attacks.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include "proto/ipc/update.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"

namespace
{

using privsep::Channel;
using privsep::Transfer;
using sandbox::ByteVector;
using sandbox::NamedRecord;
using sandbox::record_of;

constexpr unsigned looking = 0; // LockedChild::peer()

ipc::Look look_at(const std::string& host, const std::string& token,
                  const std::string& client = "203.0.113.9")
{
    return {ipc::RequestId{5}, base::Token::from(token).value_or(base::Token{}), *base::parse_address(client),
            true, *dns::Name::from_text(host + ".dyn.example.org")};
}

/// Each prefix, one byte more, and each byte with values that it cannot have.
std::vector<NamedRecord> bad_looks()
{
    const ByteVector good = record_of<ipc::UpdaterToKeeper>(look_at("home", "secret"));
    std::vector<NamedRecord> records;
    for (std::size_t size = 1; size <= good.size() + 1; ++size) {
        records.push_back({std::to_string(size) + " bytes", good});
        records.back().bytes.resize(size);
    }
    std::erase_if(records, [&](const NamedRecord& one) { return one.bytes.size() == good.size(); });
    for (std::size_t at = 1; at < good.size(); ++at) {
        for (const unsigned value : {2U, 0x40U, 0xC0U, 255U}) {
            ByteVector bad = good;
            bad[at] = static_cast<std::uint8_t>(value);
            if (!ipc::decode<ipc::UpdaterToKeeper>(bad)) {
                records.push_back({"byte " + std::to_string(at) + ": " + std::to_string(value), bad});
            }
        }
    }
    return records;
}

class HostileLooks : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        keeper_.emplace("keeper");
        const auto set = sandbox::propose("home", "secret", 1);
        ASSERT_EQ(channel().send_record(record_of<ipc::UpdaterToKeeper>(set)), Transfer::done);
        ASSERT_TRUE(hear());
        state_ = keeper_->state(0) + keeper_->state(1);
    }
    void TearDown() override
    {
        keeper_.reset();
        testing::internal::GetCapturedStderr();
    }

    Channel& channel() { return keeper_->peer(looking); }
    static bool has_record(const Channel& channel)
    {
        pollfd wait{channel.get(), POLLIN, 0};
        return ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) == 1;
    }
    std::optional<ipc::KeeperToUpdater> hear()
    {
        ByteVector room(ipc::max_record);
        return has_record(channel())
                   ? ipc::decode<ipc::KeeperToUpdater>(channel().receive_record(room).record)
                   : std::nullopt;
    }
    bool is_disconnected()
    {
        ByteVector room(ipc::max_record);
        return has_record(channel()) && channel().receive_record(room).transfer == Transfer::closed;
    }
    /// None if the token opens the host.
    std::optional<ipc::Verdict> verdict(const ipc::Look& look)
    {
        EXPECT_EQ(channel().send_record(record_of<ipc::UpdaterToKeeper>(look)), Transfer::done);
        const auto answer = hear();
        EXPECT_TRUE(answer);
        const auto* settled = answer ? std::get_if<ipc::Settled>(&*answer) : nullptr;
        return settled != nullptr ? std::optional{settled->hosts.at(0).verdict} : std::nullopt;
    }
    void attach()
    {
        auto [ours, theirs] = Channel::pair();
        ASSERT_EQ(keeper_->control().send(ipc::Attach{ipc::Role::updater, 0}, theirs.get()), Transfer::done);
        channel() = std::move(ours);
    }
    void expect_unharmed()
    {
        EXPECT_TRUE(keeper_->answers());
        EXPECT_EQ(keeper_->state(0) + keeper_->state(1), state_);
    }

    std::optional<sandbox::LockedChild> keeper_;
    std::string state_;
};

TEST_F(HostileLooks, AreDisconnectedForEachInvalidRecord)
{
    for (const auto& [name, record] : bad_looks()) {
        SCOPED_TRACE(name);
        ASSERT_EQ(channel().send_record(record), Transfer::done);
        EXPECT_TRUE(is_disconnected());
        expect_unharmed();
        attach();
    }
    EXPECT_EQ(verdict(look_at("home", "secret")), std::nullopt);
}

// They count as guesses: after some, the right token is not examined either.
TEST_F(HostileLooks, SeeNoHostThatTheirTokenIsNotFor)
{
    for (const char* host : {"office", "printer", "unknown", "home.home", "*"}) {
        for (const char* token : {"secret", "", "Secret", "secre"}) {
            const auto answer = verdict(look_at(host, token));
            EXPECT_TRUE(answer == ipc::Verdict::refused || answer == ipc::Verdict::unavailable) << host;
        }
    }
    for (int i = 0; i < 10; ++i) {
        verdict(look_at("office", "guess", "198.51.100.1"));
    }
    EXPECT_EQ(verdict(look_at("office", "other", "198.51.100.1")), ipc::Verdict::unavailable);
    EXPECT_EQ(verdict(look_at("office", "other", "198.51.101.1")), std::nullopt);
    expect_unharmed();
}

TEST_F(HostileLooks, ThatAreNotReadDelayOnlyTheUpdater)
{
    const std::size_t before = keeper_->private_memory();
    const ByteVector record = record_of<ipc::UpdaterToKeeper>(look_at("home", "secret"));
    std::size_t sent = 0;
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
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    for (std::size_t i = 0; i < sent; ++i) {
        ASSERT_TRUE(hear());
    }
}

TEST(HostileAnswers, ToNoLookMakeTheUpdaterExit)
{
    testing::internal::CaptureStderr();
    ipc::Seen seen;
    seen.id = ipc::RequestId{1};
    seen.host = dns::CompactName{*dns::Name::from_text("home.dyn.example.org")};
    const ByteVector good = record_of<ipc::KeeperToUpdater>(seen);
    std::vector<ByteVector> records{good};
    for (std::size_t size = 1; size < good.size(); size += 7) {
        records.push_back(good);
        records.back().resize(size);
    }
    for (const ByteVector& record : records) {
        sandbox::LockedChild updater{"updater"};
        ASSERT_EQ(updater.peer(0).send_record(record), Transfer::done);
        siginfo_t end{};
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(updater.pid()), &end, WEXITED | WNOWAIT), 0);
        EXPECT_EQ(end.si_code, CLD_EXITED);
        EXPECT_EQ(end.si_status, EXIT_FAILURE);
    }
    testing::internal::GetCapturedStderr();
}

} // namespace
