#include <gmock/gmock.h>
#include <vector>

#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string good =
    "GET /api/update?hostname=home.example.net&token=secret&ipv4=192.0.2.1 HTTP/1.1\r\nHost: x\r\n\r\n";

class UpdaterTest : public UpdaterFixture
{
};

TEST_F(UpdaterTest, ForwardsTheTokenAndRepliesWithTheVerdict)
{
    start();
    auto client = browse(good);
    const ipc::Propose proposal = next_proposal();
    EXPECT_EQ(proposal.hosts.at(0), dns::Name::from_text("home.example.net"));
    EXPECT_EQ(base::as_text(proposal.token.bytes()), "secret");
    EXPECT_EQ(proposal.ipv4.change, ipc::Change::set);
    EXPECT_EQ(proposal.ipv4.value, base::parse_address4("192.0.2.1"));
    EXPECT_EQ(proposal.ipv6.change, ipc::Change::missing);
    EXPECT_EQ(proposal.client, base::parse_address("127.0.0.1"));
    EXPECT_EQ(client.received(), ""); // the reply is sent when the change is stored, not before

    settle(proposal.id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(client.received(), EndsWith("\r\n\r\nok updated"));
}

TEST_F(UpdaterTest, SendsEachVerdictToTheClientThatAsked)
{
    start();
    const std::vector<std::pair<ipc::Verdict, std::string>> outcomes = {
        {ipc::Verdict::committed, "ok updated"},
        {ipc::Verdict::unchanged, "ok unchanged"},
        {ipc::Verdict::refused, "forbidden"},
        {ipc::Verdict::unavailable, "911"},
    };
    std::vector<Browser> clients;
    std::vector<ipc::RequestId> ids;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        clients.push_back(browse(good));
        ids.push_back(next_proposal().id);
    }
    for (std::size_t i = outcomes.size(); i-- > 0;) { // in any order
        settle(ids[i], outcomes[i].first);
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_THAT(reply(clients[i]), EndsWith("\r\n\r\n" + outcomes[i].second));
    }
}

ipc::HostOutcome with(ipc::Verdict verdict)
{
    ipc::HostOutcome outcome;
    outcome.verdict = verdict;
    return outcome;
}

TEST_F(UpdaterTest, SendsALineForEachHost)
{
    start();
    auto client =
        browse("GET /nic/update?hostname=a.example.net,b.example.net,c.other,a.example.net&password=secret"
               "&myip=192.0.2.1,2001:db8::1 HTTP/1.1\r\n\r\n");
    const ipc::Propose proposal = next_proposal();
    EXPECT_EQ(proposal.hosts.size(), 3U);
    ipc::HostOutcome committed = with(ipc::Verdict::committed);
    committed.address4 = proposal.ipv4.value;
    committed.address6 = proposal.ipv6.value;
    settle({proposal.id,
            {committed, with(ipc::Verdict::refused), with(ipc::Verdict::outside_zone)},
            dns::CompactName{*dns::Name::from_text("example.net")}});
    EXPECT_THAT(reply(client),
                EndsWith("\r\n\r\ngood 192.0.2.1,2001:db8::1\n"
                         "nohost\n"
                         "nohost the name is outside the zone example.net: send a name inside of it\n"
                         "good 192.0.2.1,2001:db8::1"));
}

TEST_F(UpdaterTest, TellsAClientItsAddressAndItsOwnHealthWithoutTheKeeper)
{
    start();
    for (const auto& [path, body] : std::vector<std::pair<std::string, std::string>>{
             {"/checkip", "Current IP Address: 127.0.0.1"}, {"/myip", "127.0.0.1"}, {"/health", ""}}) {
        auto client = browse("GET " + path + " HTTP/1.1\r\n\r\n");
        EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 200 OK\r\n")) << path;
        EXPECT_THAT(client.received(), EndsWith("\r\n\r\n" + body)) << path;
    }
    EXPECT_FALSE(received_by_keeper());
}

// As what it has done at best.
TEST_F(UpdaterTest, CountsARequestWithSeveralHostsOnce)
{
    start();
    const std::string two =
        "GET /nic/update?hostname=a.example.net,b.example.net&password=secret&myip=192.0.2.1 "
        "HTTP/1.1\r\n\r\n";
    using Verdict = ipc::Verdict;
    for (const auto& [one, other] : std::vector<std::pair<Verdict, Verdict>>{
             {Verdict::unchanged, Verdict::committed},
             {Verdict::refused, Verdict::committed},
             {Verdict::refused, Verdict::unchanged},
             {Verdict::refused, Verdict::unavailable},
             {Verdict::refused, Verdict::unsuitable},
         }) {
        auto client = browse(two);
        settle({next_proposal().id, {with(one), with(other)}, {}});
        reply(client);
    }
    auto healthy = browse("GET /health HTTP/1.1\r\n\r\n");
    reply(healthy);
    ::testing::internal::CaptureStderr();
    supervisor.send(ipc::ReportStatistics{});
    turn_until_quiet();
    EXPECT_EQ(
        ::testing::internal::GetCapturedStderr(),
        "nanodnsd: statistics: requests 5, updated 2, unchanged 1, refused 1, unavailable 1, invalid 0\n");
}

TEST_F(UpdaterTest, LogsTheFirstOfSeveralHostsAndAllLinesOfTheReplyInOne)
{
    start();
    privsep::log_as("nanodnsd", false, 1);
    const auto logged = [&](const std::string& target, ipc::Verdict verdict) {
        auto client = browse("GET " + target + "&password=secret&ip=192.0.2.1 HTTP/1.1\r\n\r\n");
        const ipc::Propose proposal = next_proposal();
        ::testing::internal::CaptureStderr();
        settle(http::settled_alike(proposal, verdict));
        reply(client);
        return ::testing::internal::GetCapturedStderr();
    };
    EXPECT_EQ(logged("/nic/update?hostname=a.example.net,b.example.net", ipc::Verdict::unchanged),
              "nanodnsd: 127.0.0.1: update of a.example.net. and 1 more: 200 nochg nochg\n");
    // a name may be a token, unless the host exists
    EXPECT_EQ(logged("/update?domains=home", ipc::Verdict::refused),
              "nanodnsd: 127.0.0.1: update of a name without a dot: 403 KO\n");
    EXPECT_EQ(logged("/update?domains=home", ipc::Verdict::committed),
              "nanodnsd: 127.0.0.1: update of home.: 200 OK\n");
    privsep::log_as("nanodnsd", false, 0);
}

TEST_F(UpdaterTest, AnswersInvalidRequestsWithoutTheKeeper)
{
    start();
    for (const auto& [request, status] : std::vector<std::pair<std::string, std::string>>{
             {"GET /\r\n", "400"},
             {"GET / HTTP/1.1\r\n\r\n", "404"},
             {"BREW / HTTP/1.1\r\n\r\n", "501"},
             {"GET / HTTP/2.0\r\n\r\n", "505"},
             {"POST /api/update HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411"},
             {"POST /api/update HTTP/1.1\r\nContent-Length: 8193\r\n\r\n", "413"},
             {std::string(9000, 'a'), "414"},
             {"GET / HTTP/1.1\r\n" + std::string(17000, 'a'), "431"},
             {"GET /api/update?hostname=h HTTP/1.1\r\n\r\n", "403"},
         }) {
        auto client = browse(request);
        EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 " + status + ' '));
    }
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(UpdaterTest, ReadsARequestInPieces)
{
    start();
    auto client = browse();
    for (const char c : good) {
        client.send({&c, 1});
        updater->turn(0);
    }
    settle(next_proposal().id, ipc::Verdict::unchanged);
    EXPECT_THAT(reply(client), EndsWith("ok unchanged"));
}

// A client that has shut down its side still waits for the answer.
TEST_F(UpdaterTest, AnswersAHalfClosedClient)
{
    start();
    auto client = browse(good);
    client.end();
    settle(next_proposal().id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("ok updated"));
}

// RFC 9112 section 8
TEST_F(UpdaterTest, RefusesAnIncompleteRequest)
{
    start();
    auto client = browse("POST /api/update HTTP/1.1\r\nContent-Length: 10\r\n\r\nhostname");
    client.end();
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 400 "));
}

TEST_F(UpdaterTest, ClosesAConnectionWithoutARequest)
{
    start();
    auto client = browse();
    client.end();
    EXPECT_EQ(reply(client), "");
}

// RFC 9110 section 10.1.1: curl waits for 100 Continue before it sends a body.
TEST_F(UpdaterTest, Sends100ContinueToAClientThatExpectsIt)
{
    start();
    auto client = browse("POST /api/update HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n");
    turn_until([&] { return client.received() == "HTTP/1.1 100 Continue\r\n\r\n"; });
    client.send("hostname=h&token=t");
    settle(next_proposal().id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), HasSubstr("100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(UpdaterTest, ReadsOneRequestPerConnection)
{
    start();
    auto client = browse(good + good);
    settle(next_proposal().id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("ok updated"));
    EXPECT_FALSE(received_by_keeper());
}

TEST_F(UpdaterTest, ClosesAConnectionAtItsDeadlineEvenIfItSendsSingleBytes)
{
    start();
    auto slow = browse("GET /");
    turn_until_quiet();
    test_clock_now += base::Uptime{2999};
    slow.send("a");
    turn_until_quiet();
    updater->turn(0);
    EXPECT_FALSE(slow.ended());
    test_clock_now += base::Uptime{1};
    EXPECT_EQ(reply(slow), "");
}

TEST_F(UpdaterTest, KeepsTheDeadlineAfter100Continue)
{
    start();
    auto client = browse("POST /api/update HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n");
    turn_until_quiet();
    test_clock_now += base::Uptime{2000};
    client.send("h");
    turn_until_quiet();
    test_clock_now += base::Uptime{1000};
    EXPECT_EQ(reply(client), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(UpdaterTest, TellsTheSupervisorThatItIsReadyAndAnswersPings)
{
    start();
    updater->announce(5);
    std::optional<ipc::ChildToSupervisor> said;
    ASSERT_EQ(supervisor.receive(said), privsep::Transfer::done);
    EXPECT_EQ(std::get<ipc::Ready>(*said).layers, 5U);
    supervisor.send(ipc::Ping{42});
    supervisor.send(ipc::ReportStatistics{});
    turn_until([&] { return supervisor.receive(said) == privsep::Transfer::done; });
    EXPECT_EQ(std::get<ipc::Pong>(*said).number, 42U);
    EXPECT_EQ(updater->state(), Updater::State::serving);
}

TEST_F(UpdaterTest, FinishesOpenConnectionsWhenItIsToldToQuit)
{
    start();
    auto client = browse(good);
    const ipc::RequestId id = next_proposal().id;
    supervisor.send(ipc::Quit{});
    turn_until([&] { return updater->state() == Updater::State::quitting; });
    EXPECT_FALSE(is_reachable());
    settle(id, ipc::Verdict::committed);
    turn_until([&] { return client.received().ends_with("ok updated"); });
    client.hang_up();
    turn_until([&] { return updater->state() == Updater::State::done; });
}

TEST_F(UpdaterTest, QuitsAtOnceIfNoConnectionIsOpen)
{
    start();
    supervisor.send(ipc::Quit{});
    turn_until([&] { return updater->state() == Updater::State::done; });
}

TEST_F(UpdaterTest, QuitsWithoutClientsThatHaveSentNoRequest)
{
    start();
    auto silent = browse();
    auto half = browse("GET /");
    turn_until_quiet();
    supervisor.send(ipc::Quit{});
    turn_until_quiet();
    EXPECT_EQ(updater->state(), Updater::State::quitting);
    test_clock_now += base::Uptime{2000}; // the timeout is longer
    turn_until([&] { return updater->state() == Updater::State::done; });
}

// No new keeper comes for an updater that quits.
TEST_F(UpdaterTest, DoesNotWaitForAKeeperWhenItQuits)
{
    start();
    auto asked = browse(good);
    next_proposal();
    auto asks_later = browse("GET /");
    turn_until_quiet();
    supervisor.send(ipc::Quit{});
    turn_until_quiet();
    keeper.close();
    EXPECT_THAT(reply(asked), EndsWith("911"));
    asks_later.send(good.substr(5));
    EXPECT_THAT(reply(asks_later), EndsWith("911"));
}

TEST_F(UpdaterTest, ExitsWithoutItsSupervisor)
{
    start();
    supervisor.close();
    turn_until([&] { return updater->state() == Updater::State::orphaned; });
}

TEST_F(UpdaterTest, ExitsIfTheSupervisorAttachesAnInvalidPeer)
{
    for (const ipc::Attach& attach :
         {ipc::Attach{ipc::Role::keeper, 0}, ipc::Attach{ipc::Role::responder, 0}}) {
        start();
        const bool passes_one = attach.role == ipc::Role::responder; // a keeper must come with a channel
        supervisor.send(attach, passes_one ? keeper.get() : -1);
        turn_until([&] { return updater->state() == Updater::State::orphaned; });
    }
}

} // namespace
} // namespace updater
