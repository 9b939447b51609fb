// An updater that was broken into and forges the addresses of clients, and the real keeper: it can block all
// clients until it is replaced, and guesses a short token no more often than all clients together could.
#include <gtest/gtest.h>
#include <poll.h>

#include "proto/ipc/update.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"

namespace
{

using ipc::Verdict;

constexpr unsigned forger = 0; // LockedChild::peer()

class ForgedClients : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        keeper_.emplace("keeper", "[@home]\ntoken=secret\n[@office]\ntoken=0f6b2c1d9a7e4f33\n");
        ASSERT_EQ(settle(owner, "home", "secret"), Verdict::committed);
    }
    void TearDown() override
    {
        keeper_.reset();
        testing::internal::GetCapturedStderr();
    }

    /// The verdict on an update that is said to come from this client.
    std::optional<Verdict> settle(const std::string& client, const std::string& host,
                                  const std::string& token)
    {
        ipc::Propose proposal = sandbox::propose(host, token, 1); // 192.0.2.1
        proposal.client = *base::parse_address(client);
        privsep::Channel& channel = keeper_->peer(forger);
        EXPECT_EQ(channel.send_record(sandbox::record_of<ipc::UpdaterToKeeper>(proposal)),
                  privsep::Transfer::done);
        pollfd wait{channel.get(), POLLIN, 0};
        const std::chrono::milliseconds patience{support::patience};
        EXPECT_EQ(::poll(&wait, 1, static_cast<int>(patience.count())), 1);
        sandbox::ByteVector room(ipc::max_record);
        const auto message = ipc::decode<ipc::KeeperToUpdater>(channel.receive_record(room).record);
        return message ? std::optional{std::get<ipc::Settled>(*message).hosts.at(0).verdict} : std::nullopt;
    }
    /// Guesses as all kinds of clients; returns how many tokens were examined.
    int forge(const std::string& host)
    {
        int examined = 0;
        const auto guess = [&](const std::string& client, int times) {
            for (int i = 0; i < times; ++i) {
                examined += settle(client, host, "guess") == Verdict::refused ? 1 : 0;
            }
        };
        guess(owner, 20);
        guess("192.0.2.1", 20);   // the host's address
        guess("127.0.0.1", 1000); // a proxy
        for (int i = 0; i < 1000; ++i) {
            guess(std::to_string(1 + i % 100) + '.' + std::to_string(i / 100) + ".0.1", 1);
        }
        return examined;
    }
    void replace_updater()
    {
        auto [ours, theirs] = privsep::Channel::pair();
        ASSERT_EQ(keeper_->control().send(ipc::Attach{ipc::Role::updater, 0}, theirs.get()),
                  privsep::Transfer::done);
        keeper_->peer(forger) = std::move(ours);
        ASSERT_TRUE(keeper_->answers()); // it has taken the channel
    }

    static constexpr const char* owner = "203.0.113.9";
    std::optional<sandbox::LockedChild> keeper_;
};

TEST_F(ForgedClients, BlockTheOwnerOnlyUntilTheUpdaterIsReplaced)
{
    forge("home");
    EXPECT_EQ(settle(owner, "home", "secret"), Verdict::unavailable);
    EXPECT_EQ(settle("198.51.100.1", "home", "secret"), Verdict::unavailable);
    replace_updater();
    EXPECT_EQ(settle(owner, "home", "secret"), Verdict::unchanged);
    EXPECT_EQ(settle("198.51.100.1", "home", "secret"), Verdict::unchanged);
}

TEST_F(ForgedClients, GuessAShortTokenNoMoreOftenThanAllClientsTogether)
{
    const int examined = forge("home");
    EXPECT_GE(examined, 5 + 5 + 100);
    EXPECT_LE(examined, 5 + 5 + 100 + 10) << "each bucket loses some while the test runs";
    EXPECT_GE(forge("office"), 1000) << "it has a long token";
}

} // namespace
