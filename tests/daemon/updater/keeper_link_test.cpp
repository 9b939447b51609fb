#include <gmock/gmock.h>
#include <vector>

#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::EndsWith;
using ::testing::StartsWith;

const std::string good =
    "GET /api/update?hostname=home.example.net&token=secret&ipv4=192.0.2.1 HTTP/1.1\r\nHost: x\r\n\r\n";

class KeeperLinkTest : public UpdaterFixture
{
};

TEST_F(KeeperLinkTest, ForgetsAClientThatIsGone)
{
    start();
    auto gone = browse(good);
    const ipc::Propose first = next_proposal();
    gone.hang_up();
    turn_until_quiet();
    auto other = browse(good); // in the same slot
    const ipc::Propose second = next_proposal();
    EXPECT_NE(first.id, second.id);
    settle(first.id, ipc::Verdict::refused);
    settle(second.id, ipc::Verdict::committed);
    EXPECT_THAT(reply(other), EndsWith("ok updated"));
}

TEST_F(KeeperLinkTest, ForgetsAClientWhoseDeadlineComesFirst)
{
    start();
    auto client = browse(good);
    const ipc::RequestId id = next_proposal().id;
    test_clock_now += base::Uptime{3000};
    EXPECT_THAT(reply(client), EndsWith("911"));
    settle(id, ipc::Verdict::committed);
    turn_until_quiet();
    EXPECT_FALSE(keeper_is_disconnected());
    EXPECT_THAT(client.received(), EndsWith("911"));
}

TEST_F(KeeperLinkTest, DropsAnUnsentProposalIfItsClientIsGone)
{
    start();
    keeper.close();
    turn_until_quiet();
    auto gone = browse(good);
    turn_until_quiet();
    gone.hang_up();
    turn_until_quiet();
    attach_new_keeper();
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(KeeperLinkTest, SendsAProposalOnceMoreToANewKeeper)
{
    start();
    auto client = browse(good);
    const ipc::Propose first = next_proposal();
    keeper.close();
    turn_until_quiet();
    EXPECT_EQ(client.received(), "");
    attach_new_keeper();
    const ipc::Propose again = next_proposal();
    EXPECT_EQ(base::as_text(again.token.bytes()), "secret");
    EXPECT_EQ(again.hosts, first.hosts);
    settle(again.id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("ok updated"));
}

// Otherwise it would be decided twice, and the client told that nothing has changed.
TEST_F(KeeperLinkTest, AcceptsTheVerdictsOfAKeeperThatExitedBeforeReadingAll)
{
    start();
    auto one = browse(good);
    const ipc::Propose first = next_proposal();
    auto two = browse("GET /api/update?hostname=other.example.net&token=t HTTP/1.0\r\n\r\n");
    turn_until_quiet(); // sent, but the keeper does not read it
    auto three = browse("GET /api/update?hostname=third.example.net&token=t HTTP/1.0\r\n");
    turn_until_quiet();
    three.send("\r\n"); // arrives first: the updater notices the exit when it sends
    settle(first.id, ipc::Verdict::committed);
    keeper.close();
    EXPECT_THAT(reply(one), EndsWith("ok updated"));
    turn_until_quiet();
    attach_new_keeper();
    EXPECT_EQ(next_proposal().hosts.at(0), dns::Name::from_text("other.example.net"));
    EXPECT_EQ(next_proposal().hosts.at(0), dns::Name::from_text("third.example.net"));
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

// More verdicts than it reads in a turn, and the next keeper in the same turn.
TEST_F(KeeperLinkTest, AcceptsAllVerdictsOfAKeeperBeforeItConnectsToTheNextOne)
{
    constexpr std::uint16_t many = 80;
    start(many);
    std::vector<Browser> browsers;
    std::vector<ipc::RequestId> ids;
    for (std::uint16_t i = 0; i < many; ++i) {
        browsers.push_back(browse(good));
        ids.push_back(next_proposal().id);
    }
    for (const ipc::RequestId id : ids) {
        settle(id, ipc::Verdict::committed);
    }
    keeper.close();
    attach_new_keeper();
    for (Browser& browser : browsers) {
        EXPECT_THAT(reply(browser), EndsWith("ok updated"));
    }
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(KeeperLinkTest, QueuesProposalsWhileThereIsNoKeeper)
{
    start();
    keeper.close();
    turn_until_quiet();
    auto one = browse(good);
    turn_until_quiet();
    auto two = browse(good);
    turn_until_quiet();
    attach_new_keeper();
    const ipc::Propose first = next_proposal();
    const ipc::Propose second = next_proposal();
    EXPECT_NE(first.id, second.id);
    settle(first.id, ipc::Verdict::committed);
    settle(second.id, ipc::Verdict::unchanged);
    EXPECT_THAT(reply(one), EndsWith("ok updated"));
    EXPECT_THAT(reply(two), EndsWith("ok unchanged"));
}

// A proposal that made two keepers exit is not sent to a third one. The client gets 503 and "911", so that it
// tries again later.
TEST_F(KeeperLinkTest, GivesUpWhenASecondKeeperExits)
{
    start();
    auto client = browse(good);
    next_proposal();
    keeper.close();
    turn_until_quiet();
    attach_new_keeper();
    next_proposal();
    keeper.close();
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(client.received(), EndsWith("\r\n\r\n911"));
    attach_new_keeper();
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(KeeperLinkTest, DoesNotResendAProposalWhoseClientIsGone)
{
    start();
    auto gone = browse(good);
    next_proposal();
    auto waits = browse("GET /api/update?hostname=other.example.net&token=t HTTP/1.0\r\n\r\n");
    next_proposal();
    gone.hang_up();
    turn_until_quiet();
    keeper.close();
    turn_until_quiet();
    attach_new_keeper();
    EXPECT_EQ(next_proposal().hosts.at(0), dns::Name::from_text("other.example.net"));
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperSettlesAnUnknownProposal)
{
    start();
    settle(ipc::RequestId{7}, ipc::Verdict::committed);
    turn_until([&] { return keeper_is_disconnected(); });
    EXPECT_EQ(updater->state(), Updater::State::orphaned) << "no other channel would come";
}

TEST_F(KeeperLinkTest, ClosesTheOldChannelWhenANewKeeperConnects)
{
    start();
    auto client = browse(good);
    next_proposal();
    KeeperEnd before = std::move(keeper);
    attach_new_keeper();
    settle(next_proposal().id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("ok updated"));
    std::swap(keeper, before);
    EXPECT_TRUE(keeper_is_disconnected());
}

TEST_F(KeeperLinkTest, DropsAProposalToBeResentIfItsClientIsGone)
{
    start();
    auto gone = browse(good);
    next_proposal();
    keeper.close();
    turn_until_quiet();
    gone.hang_up();
    turn_until_quiet();
    attach_new_keeper();
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperSettlesAProposalThatWasNotSentYet)
{
    constexpr std::uint16_t many = 400; // more than a channel holds with this buffer; two descriptors each
    start(many, 32 * 1024);
    std::vector<Browser> clients;
    for (unsigned i = 0; i < many; ++i) {
        clients.push_back(browse(good));
        if (i % 16 == 15) {
            updater->turn(10);
        }
    }
    turn_until_quiet();
    const auto first = static_cast<std::uint32_t>(next_proposal().id);
    settle(ipc::RequestId{first + many - 1}, ipc::Verdict::committed);
    turn_until([&] {
        while (received_by_keeper()) {}
        return keeper_is_disconnected();
    });
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperSettlesTwice)
{
    start();
    auto client = browse(good);
    const ipc::RequestId id = next_proposal().id;
    settle(id, ipc::Verdict::refused);
    settle(id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("forbidden"));
    turn_until([&] { return keeper_is_disconnected(); });
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperSendsAMalformedMessage)
{
    start();
    auto ends = privsep::Channel::pair();
    privsep::Channel& malformed = ends.first;
    privsep::Channel& updater_end = ends.second;
    EXPECT_EQ(supervisor.send(ipc::Attach{ipc::Role::keeper, 0}, updater_end.get()), privsep::Transfer::done);
    updater_end = privsep::Channel{};
    turn_until_quiet();
    const std::array<std::uint8_t, 3> record{0xFF, 1, 2};
    EXPECT_EQ(malformed.send_record(record), privsep::Transfer::done);
    std::array<std::uint8_t, 16> room{};
    turn_until([&] { return malformed.receive_record(room).transfer == privsep::Transfer::closed; });
    EXPECT_EQ(updater->state(), Updater::State::orphaned);
}

const std::string two_hosts =
    "GET /nic/update?hostname=a.example.net,b.example.net&password=secret&myip=192.0.2.1 "
    "HTTP/1.1\r\n\r\n";

ipc::Settled settled_as(ipc::RequestId id, std::vector<ipc::Verdict> verdicts)
{
    ipc::Settled settled;
    settled.id = id;
    for (const ipc::Verdict verdict : verdicts) {
        settled.hosts.emplace_back().verdict = verdict;
    }
    return settled;
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperSettlesNotEachHost)
{
    for (const std::size_t outcomes : {0U, 1U, 3U}) {
        start();
        auto client = browse(two_hosts);
        const ipc::RequestId id = next_proposal().id;
        settle(settled_as(id, std::vector(outcomes, ipc::Verdict::committed)));
        EXPECT_THAT(reply(client), EndsWith("911")) << outcomes;
        EXPECT_EQ(updater->state(), Updater::State::orphaned) << outcomes;
    }
}

TEST_F(KeeperLinkTest, ExitsIfTheKeeperDoesNotNameTheZoneOfAHostOutsideOfIt)
{
    start();
    auto client = browse(two_hosts);
    const ipc::RequestId id = next_proposal().id;
    settle(settled_as(id, {ipc::Verdict::committed, ipc::Verdict::outside_zone}));
    EXPECT_THAT(reply(client), EndsWith("911"));
    EXPECT_EQ(updater->state(), Updater::State::orphaned);
}

// While the keeper does not read, proposals are queued here, up to a limit, and all are sent when it reads
// again.
TEST_F(KeeperLinkTest, WaitsForAKeeperThatDoesNotRead)
{
    constexpr std::uint16_t many = 400; // more than a channel holds with this buffer; two descriptors each
    start(many, 32 * 1024);
    std::vector<Browser> clients;
    for (unsigned i = 0; i < many; ++i) {
        clients.push_back(browse(good));
        if (i % 16 == 15) {
            updater->turn(10);
        }
    }
    turn_until_quiet();
    for (unsigned i = 0; i < many; ++i) {
        settle(next_proposal().id, ipc::Verdict::committed);
        updater->turn(0);
    }
    for (Browser& client : clients) {
        EXPECT_THAT(reply(client), EndsWith("ok updated"));
    }
}

TEST_F(KeeperLinkTest, IsUnavailableIfTooManyProposalsOfGoneClientsArePending)
{
    start(1);
    for (int i = 0; i < 2; ++i) {
        auto gone = browse(good);
        next_proposal();
        gone.hang_up();
        turn_until_quiet();
    }
    auto client = browse(good);
    EXPECT_THAT(reply(client), EndsWith("911"));
}

} // namespace
} // namespace updater
