// The responder's channels, its counters and its rate limit.
#include "tests/daemon/responder/responder_fixture.h"
#include "tests/support/failure.h"

namespace responder_test
{

TEST_F(ResponderTest, AnswersNothingBeforeTheZoneIsComplete)
{
    start(false);
    const auto client = udp();
    write_all(client.get(), asked);
    ping();
    ByteVector room(512);
    EXPECT_EQ(::recv(client.get(), room.data(), room.size(), MSG_DONTWAIT), -1);
    complete(1);
    EXPECT_GT(::recv(client.get(), room.data(), room.size(), 0), 12); // the query waited in the socket
}

TEST_F(ResponderTest, FollowsTheFeed)
{
    start();
    feed_.send(ipc::HostRecords{ipc::HostIndex{0}, 2, base::Address4{{198, 51, 100, 9}}, std::nullopt});
    const auto client = udp();
    ByteVector reply;
    for (int i = 0; i < 1000 && (reply.empty() || reply.back() != 9); ++i) {
        reply = ask_udp(client.get(), asked);
    }
    ASSERT_FALSE(reply.empty());
    EXPECT_EQ(reply.back(), 9);
}

// before it answers any query
TEST(Feed, AppliesAllRecordsOfACommitInOneTurn)
{
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name("ns.example.net")};
    setup.mailbox = name("hostmaster.example.org");
    zone::Zone zone{setup};
    ASSERT_TRUE(zone.add_host({name("home.example.org"), 60, {}, false}));
    zone.complete();
    auto [ours, theirs] = privsep::Channel::pair();
    privsep::TypedChannel<ipc::KeeperToResponder, std::monostate> keeper{std::move(theirs)};
    privsep::EventLoop loop;
    responder::Feed feed{loop, zone};
    feed.attach(std::move(ours));
    std::uint32_t sent = 0;
    while (sent + 1 < ipc::feed_burst &&
           keeper.send(ipc::HostRecords{ipc::HostIndex{0}, sent, std::nullopt, std::nullopt}) ==
               privsep::Transfer::done) {
        ++sent;
    }
    EXPECT_GE(sent, 200U);
    loop.turn(0);
    EXPECT_EQ(zone.serial(), sent - 1);
}

// if the keeper dies, the responder continues with the zone that it has
TEST_F(ResponderTest, ContinuesWithoutAKeeperAndConnectsToTheNextOne)
{
    start();
    feed_.close();
    const auto client = udp();
    EXPECT_EQ(rcode(ask_udp(client.get(), asked)), 0);
    auto [theirs, ours] = privsep::Channel::pair();
    control_.send(ipc::Attach{ipc::Role::keeper, 0}, theirs.get());
    ping();
    feed_ = Keeper{std::move(ours)};
    feed_.send(ipc::HostRecords{ipc::HostIndex{0}, 2, std::nullopt, std::nullopt});
    ByteVector reply;
    for (int i = 0; i < 1000 && (reply.empty() || reply[7] != 0); ++i) {
        reply = ask_udp(client.get(), asked);
    }
    EXPECT_EQ(rcode(reply), 3); // a name without records does not exist
}

TEST_F(ResponderTest, FollowsChallengesAndAddressesOfOneFamily)
{
    may_have_challenge_ = true;
    start();
    std::array<std::uint8_t, 43> value{};
    value.fill('v');
    feed_.send(ipc::HostTxt{ipc::HostIndex{0}, 2, {value, value}});
    feed_.send(ipc::HostRecords{ipc::HostIndex{0}, 3, std::nullopt, base::Address6{{0x20, 1}}, true});
    ping();
    const auto client = udp();
    const ByteVector texts =
        ask_udp(client.get(), query(1, "_acme-challenge.home.example.org", dns::Type::txt));
    EXPECT_EQ(texts.at(7), 2);
    EXPECT_EQ(texts.back(), 'v');
    EXPECT_EQ(ask_udp(client.get(), query(2, "home.example.org", dns::Type::aaaa)).at(7), 1);
    EXPECT_EQ(ask_udp(client.get(), asked).back(), 1) << "the A record of the config stays";
    feed_.send(ipc::HostTxt{ipc::HostIndex{0}, 4, {}});
    ping();
    EXPECT_EQ(rcode(ask_udp(client.get(), query(3, "_acme-challenge.home.example.org", dns::Type::txt))), 3);
    const ByteVector soa = ask_udp(client.get(), query(4, "example.org", dns::Type::soa));
    EXPECT_EQ(soa.at(soa.size() - 17), 4) << "the serial";
}

// Nothing is repaired after an invalid record: no other feed would come, so the responder exits and is
// started again.
TEST_F(ResponderTest, ExitsIfTheFeedHasARecordForAHostThatDoesNotExist)
{
    start();
    expected_failure_ = "exiting after a protocol error of the keeper, to be started again with a fresh zone";
    feed_.send(ipc::HostRecords{ipc::HostIndex{1}, 2, base::Address4{}, std::nullopt});
    thread_.join();
}

// proto/ipc/zone_feed.h: only hosts that may have a challenge, and at most two values
TEST_F(ResponderTest, ExitsIfTheFeedHasAChallengeThatTheZoneCannotHave)
{
    start();
    expected_failure_ = "exiting after a protocol error of the keeper, to be started again with a fresh zone";
    feed_.send(ipc::HostTxt{ipc::HostIndex{0}, 2, {}});
    thread_.join();
}

TEST_F(ResponderTest, ExitsIfAChallengeHasTooManyValues)
{
    may_have_challenge_ = true;
    start();
    expected_failure_ = "exiting after a protocol error of the keeper, to be started again with a fresh zone";
    feed_.send(ipc::HostTxt{ipc::HostIndex{0}, 2, {{}, {}, {}}});
    thread_.join();
}

TEST_F(ResponderTest, ExitsIfTheFeedIsMalformed)
{
    start();
    expected_failure_ = "exiting after a protocol error of the keeper, to be started again with a fresh zone";
    ::send(feed_.get(), "\xFF", 1, MSG_NOSIGNAL);
    thread_.join();
}

TEST_F(ResponderTest, QuitsAtOnceIfNoConnectionIsOpen)
{
    start();
    quit();
}

TEST_F(ResponderTest, QuitsBeforeItIsReady)
{
    start(false);
    quit();
}

TEST_F(ResponderTest, IsNotReadyWithoutASecretForCookies)
{
    setup_.cookie_secrets.clear();
    start(false);
    EXPECT_EQ(feed_.send(ipc::Complete{1}), privsep::Transfer::done);
    ping();
    ping(); // the answer comes before Ready
    EXPECT_EQ(control_.send(ipc::CookieSecrets{}), privsep::Transfer::done);
    EXPECT_TRUE(std::holds_alternative<ipc::Ready>(hear()));
}

TEST_F(ResponderTest, ExitsWithoutItsSupervisor)
{
    start();
    expected_failure_ = "the supervisor is gone";
    control_.close();
    thread_.join();
}

// rate_limit=3: the predecessor's meaning
TEST_F(ResponderTest, DropsOrTruncatesRepliesOverTheRateLimit)
{
    setup_.rate_limit = 3;
    start(false);
    const auto client = udp();
    for (std::uint16_t id = 0; id < 8; ++id) { // it takes them at a time when the zone is complete
        write_all(client.get(), query(id, "home.example.org", dns::Type::a));
    }
    complete(1);
    const auto by_tcp = tcp(); // there is no limit over TCP
    for (int i = 0; i < 8; ++i) {
        write_all(by_tcp.get(), framed(asked));
        EXPECT_EQ(rcode(read_frame(by_tcp.get())), 0);
    }
    int answered = 0;
    int truncated = 0;
    ByteVector reply(512);
    while (::recv(client.get(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) {
        ++((reply[2] & 2) != 0 ? truncated : answered);
    }
    EXPECT_EQ(answered, 3);
    EXPECT_EQ(truncated, 2);
}

TEST_F(ResponderTest, ReportsStatisticsWhenAsked)
{
    start();
    ask_udp(udp().get(), asked);
    ask_udp(udp().get(), query(1, "other.example", dns::Type::a));
    testing::internal::CaptureStderr();
    control_.send(ipc::ReportStatistics{});
    ping();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, testing::HasSubstr("statistics:\n"));
    EXPECT_THAT(log, testing::HasSubstr("requests: ipv4=2 ipv6=0 udp=2 tcp=0 edns=0\n"));
    EXPECT_THAT(log, testing::HasSubstr("responses: total=2 trunc=0 edns0=0\n"));
    EXPECT_THAT(log, testing::HasSubstr("queries: success=1 empty=0 formerr=0 servfail=0 nxdomain=0 notimp=0 "
                                        "refused=1 badvers=0 badcookie=0 dropped=0 referral=0\n"));
    testing::internal::CaptureStderr();
    control_.send(ipc::ReportStatistics{});
    ping();
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                testing::HasSubstr("requests: ipv4=0")); // counters were reset
}

// A reload replaces the responder: what it has counted must be in the log.
TEST_F(ResponderTest, ReportsStatisticsAtItsEndIfAnythingWasCounted)
{
    start();
    ask_udp(udp().get(), asked);
    testing::internal::CaptureStderr();
    quit();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, testing::HasSubstr("statistics:\n"));
    EXPECT_THAT(log, testing::HasSubstr("requests: ipv4=1 ipv6=0 udp=1 tcp=0 edns=0\n"));
}

TEST_F(ResponderTest, ReportsNothingAtItsEndIfNothingWasCounted)
{
    start();
    ask_udp(udp().get(), asked);
    control_.send(ipc::ReportStatistics{});
    ping();
    testing::internal::CaptureStderr();
    quit();
    EXPECT_EQ(testing::internal::GetCapturedStderr().find("statistics"), std::string::npos);
}

TEST_F(ResponderTest, ReportsNothingAtItsEndIfStatisticsAreOff)
{
    setup_.stats_interval = base::Seconds{0};
    start();
    ask_udp(udp().get(), asked);
    testing::internal::CaptureStderr();
    quit();
    EXPECT_EQ(testing::internal::GetCapturedStderr().find("statistics"), std::string::npos);
}

TEST_F(ResponderTest, RefusesASetupThatDoesNotMatchItsDescriptors)
{
    privsep::Inherited inherited;
    ByteVector bytes;
    ipc::append_record(bytes, setup_);
    inherited.setup = mapped(bytes);
    EXPECT_EQ(support::failure_of([&] { responder::Responder(loop_, inherited); }),
              "the number of descriptors does not match the setup");
}

TEST_F(ResponderTest, RefusesAMalformedSetup)
{
    privsep::Inherited inherited;
    EXPECT_EQ(support::failure_of([&] { responder::Responder(loop_, inherited); }), "the setup is malformed");
    inherited.setup = mapped({0, 0, 0, 1, 99});
    EXPECT_EQ(support::failure_of([&] { responder::Responder(loop_, inherited); }), "the setup is malformed");
}

} // namespace responder_test
