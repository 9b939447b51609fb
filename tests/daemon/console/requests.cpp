#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/daemon/console/scene.h"

namespace
{

using console_test::AdminClient;
using testing::HasSubstr;
namespace admin = ipc::admin;

base::UnixTime at_second(std::int64_t number)
{
    return base::UnixTime{base::Seconds{number}};
}

const base::Address4 old_address{{192, 0, 2, 7}};
const base::Address4 new_address{{192, 0, 2, 8}};

class ConsoleRequests : public console_test::Scene
{
protected:
    ipc::HostRow row(ipc::RequestId id, std::uint32_t index, const std::string& label)
    {
        ipc::HostRow result;
        result.id = id;
        result.index = ipc::HostIndex{index};
        result.name = console_test::name(label + ".dyn.example.org");
        return result;
    }
    std::string refusal_of(AdminClient& client)
    {
        const auto refusal = client.hear_one<admin::Refusal>();
        return refusal ? refusal->text : "no refusal";
    }
    /// Labels of the rows until Done.
    std::vector<std::string> labels(AdminClient& client)
    {
        std::vector<std::string> result;
        for (auto message = client.hear(); message; message = client.hear()) {
            if (const auto* one = std::get_if<admin::HostRow>(&*message)) {
                result.push_back(one->name.to_text().substr(0, one->name.to_text().find('.')));
            } else if (const auto* follower = std::get_if<admin::HostFollower>(&*message)) {
                result.push_back("+" + follower->name.to_text().substr(0, 3));
            } else if (std::holds_alternative<admin::Done>(*message)) {
                result.emplace_back("done");
            }
        }
        return result;
    }
    /// Answers the request for all hosts: home was updated, nas follows.
    void answer_hosts(AdminClient& client, const admin::AskHosts& wanted)
    {
        client.send(wanted);
        const auto request = asked<ipc::AskHosts>();
        ASSERT_TRUE(request);
        EXPECT_EQ(request->first, ipc::HostIndex{0});
        ipc::HostRow home = row(request->id, 0, "home");
        home.address4 = old_address;
        home.overdue_since = at_second(5);
        home.origin = {*base::parse_address("203.0.113.9"), ipc::Dialect::duckdns, {}};
        home.refused =
            ipc::RefusedAttempts{4, 3, at_second(7), {}, ipc::Dialect::api, ipc::RefusalReason::wrong_secret};
        answer(home);
        answer(ipc::RowFollower{request->id, console_test::name("nas.dyn.example.org")});
        ipc::HostRow nas = row(request->id, 2, "nas");
        nas.kind = ipc::HostKind::follower;
        nas.has_configured_a = true;
        answer(nas);
        answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    }
};

TEST_F(ConsoleRequests, ShowHostsInTheOrderOfTheConfig)
{
    AdminClient client = greeted();
    answer_hosts(client, {});
    const auto home = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(home);
    EXPECT_EQ(home->a, std::vector{old_address});
    EXPECT_EQ(home->dialect, "duckdns");
    EXPECT_EQ(home->ttl, 60U);
    ASSERT_TRUE(home->refused);
    EXPECT_EQ(home->refused->reason, "wrong secret");
    EXPECT_TRUE(client.hear_one<admin::HostFollower>());
    const auto www = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(www);
    EXPECT_EQ(www->kind, admin::HostKind::fixed);
    EXPECT_EQ(www->a.size(), 1U);
    const auto nas = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(nas);
    EXPECT_EQ(nas->a.size(), 1U) << "that of the config";
    EXPECT_EQ(nas->follows->to_text(), "home.dyn.example.org.");
    EXPECT_EQ(client.hear_one<admin::HostRow>()->kind, admin::HostKind::alias);
    const auto done = client.hear_one<admin::Done>();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->place, (admin::Place{1, 2}));
    EXPECT_EQ(done->serial, 3U);
}

TEST_F(ConsoleRequests, ShowTheHostsThatFit)
{
    AdminClient client = greeted();
    answer_hosts(client, {"w*.dyn.example.org", admin::Filter::all});
    EXPECT_THAT(labels(client), testing::ElementsAre("www", "done"));
    answer_hosts(client, {"", admin::Filter::overdue});
    EXPECT_THAT(labels(client), testing::ElementsAre("home", "+nas", "done"));
    answer_hosts(client, {"n*", admin::Filter::refused});
    EXPECT_THAT(labels(client), testing::ElementsAre("done"));
}

TEST_F(ConsoleRequests, ShowAThousandHostsInPages)
{
    std::vector<ipc::ConfiguredHost> hosts;
    for (unsigned i = 0; i < 1000; ++i) {
        hosts.push_back(console_test::host("h" + std::to_string(i), ipc::ConfiguredKind::dynamic));
    }
    start(hosts);
    AdminClient client = greeted();
    client.send(admin::AskHosts{});
    std::vector<std::string> all;
    for (unsigned first = 0; first < 1000; first += ipc::max_rows) {
        const auto request = asked<ipc::AskHosts>();
        ASSERT_TRUE(request) << first;
        EXPECT_EQ(request->first, ipc::HostIndex{first});
        const unsigned end = std::min(1000U, first + ipc::max_rows);
        for (unsigned i = first; i < end; ++i) {
            keeper_.send(row(request->id, i, "h" + std::to_string(i)));
        }
        const auto after = end < 1000 ? std::optional{ipc::HostIndex{end}} : std::nullopt;
        keeper_.send(ipc::RowsEnd{request->id, after, {1, 2}, 3});
        run();
        const auto page = labels(client);
        all.insert(all.end(), page.begin(), page.end());
    }
    ASSERT_EQ(all.size(), 1001U);
    EXPECT_EQ(all.front(), "h0");
    EXPECT_EQ(all[999], "h999");
    EXPECT_EQ(all.back(), "done");
}

// What it has not read waits, and no more is asked of the keeper.
TEST_F(ConsoleRequests, AskForNoPageThatTheClientHasNoRoomFor)
{
    std::vector<ipc::ConfiguredHost> hosts;
    for (unsigned i = 0; i < 5000; ++i) {
        hosts.push_back(console_test::host("h" + std::to_string(i), ipc::ConfiguredKind::fixed));
    }
    start(hosts);
    AdminClient client = greeted();
    client.send(admin::AskHosts{});
    const auto request = asked<ipc::AskHosts>();
    ASSERT_TRUE(request);
    answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    std::size_t rows = 0;
    for (int i = 0; i < 200; ++i) {
        rows += labels(client).size();
        run();
    }
    EXPECT_EQ(rows, 5001U);
    client.send(admin::AskHosts{});
    const auto second_request = asked<ipc::AskHosts>();
    ASSERT_TRUE(second_request);
    answer(ipc::RowsEnd{second_request->id, {}, {1, 2}, 3});
    console_test::now += console::command_time; // it reads nothing
    run();
    for (int i = 0; i < 200; ++i) {
        run();
    }
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ConsoleRequests, ShowOneHost)
{
    AdminClient client = greeted();
    client.send(admin::AskHost{console_test::name("WWW.Dyn.example.org")});
    auto request = asked<ipc::AskHost>();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->name.to_text(), "www.dyn.example.org.");
    answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    EXPECT_EQ(client.hear_one<admin::HostRow>()->kind, admin::HostKind::fixed);
    EXPECT_TRUE(client.hear_one<admin::Done>());

    client.send(admin::AskHost{console_test::name("shed.dyn.example.org")});
    request = asked<ipc::AskHost>();
    ASSERT_TRUE(request);
    answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    EXPECT_EQ(refusal_of(client), "there is no host shed");
}

TEST_F(ConsoleRequests, SetAHostAsTheAdministrator)
{
    AdminClient client = greeted();
    client.send(admin::Set{console_test::name("home.dyn.example.org"), new_address, {}});
    const auto request = asked<ipc::SetHost>();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->address4, new_address);
    EXPECT_FALSE(request->address6);
    EXPECT_EQ(request->by.uid, ::getuid()) << "the kernel says it, not the client";
    EXPECT_FALSE(request->by.is_claimed);
    answer(ipc::HostChanged{request->id, ipc::Administered::changed, 8, new_address, {}});
    const auto outcome = client.hear_one<admin::Outcome>();
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->changed);
    EXPECT_EQ(outcome->serial, 8U);
    EXPECT_EQ(outcome->address4, new_address);
}

TEST_F(ConsoleRequests, AreRefusedWithASentence)
{
    using ipc::Administered;
    AdminClient client = greeted();
    const auto refused = [&](const std::string& label, Administered result) {
        client.send(admin::Clear{console_test::name(label + ".dyn.example.org"), true, false, false});
        const auto request = asked<ipc::ClearHost>();
        EXPECT_TRUE(request);
        auto changed = console_test::with_id<ipc::HostChanged>(request ? request->id : ipc::RequestId{});
        changed.result = result;
        answer(changed);
        return refusal_of(client);
    };
    EXPECT_EQ(refused("shed", Administered::no_such_host), "there is no host shed");
    EXPECT_THAT(refused("www", Administered::no_such_host), HasSubstr("www is static"));
    EXPECT_THAT(refused("www", Administered::static_host), HasSubstr("www is static"));
    EXPECT_THAT(refused("nas", Administered::follower), HasSubstr("nas follows another host"));
    EXPECT_THAT(refused("home", Administered::no_challenge), HasSubstr("acme=yes"));
    EXPECT_THAT(refused("home", Administered::private_address), HasSubstr("allow_private=no"));
    EXPECT_THAT(refused("home", Administered::invalid_address), HasSubstr("no host can have"));
    EXPECT_THAT(refused("home", Administered::unavailable), HasSubstr("nothing changed"));
}

class ConsoleWatch : public ConsoleRequests
{
protected:
    AdminClient watching(const std::string& label = "")
    {
        AdminClient client = greeted();
        admin::Watch watch;
        watch.after = {1, 2};
        if (!label.empty()) {
            watch.host = console_test::name(label + ".dyn.example.org");
        }
        client.send(watch);
        const auto request = asked<ipc::AskChanges>();
        EXPECT_TRUE(request);
        if (request) {
            EXPECT_EQ(request->after, (ipc::ChangePlace{1, 2}));
            answer(ipc::ChangesEnd{request->id, {1, 2}, false});
        }
        EXPECT_TRUE(client.hear_one<admin::Watching>());
        return client;
    }
    ipc::Changed change(ipc::RequestId id, std::uint64_t number, const std::string& label,
                        std::uint8_t before)
    {
        ipc::Changed result;
        result.id = id;
        result.place = {1, number};
        result.name = console_test::name(label + ".dyn.example.org");
        result.before.a = base::Address4{{192, 0, 2, before}};
        result.now.a = base::Address4{{192, 0, 2, static_cast<std::uint8_t>(before + 1)}};
        return result;
    }
};

TEST_F(ConsoleWatch, ShowsChangesAsTheyHappen)
{
    AdminClient client = watching();
    for (std::uint64_t number = 3; number < 6; ++number) {
        answer(ipc::NewChanges{});
        const auto request = asked<ipc::AskChanges>();
        ASSERT_TRUE(request);
        EXPECT_EQ(request->after.number, number - 1);
        answer(change(request->id, number, "home", 1));
        answer(ipc::ChangesEnd{request->id, {1, number}, false});
        const auto changed = client.hear_one<admin::Changed>();
        ASSERT_TRUE(changed);
        EXPECT_EQ(changed->place.number, number);
        EXPECT_EQ(changed->by, "expiry");
    }
}

TEST_F(ConsoleWatch, ShowsThoseOfItsHost)
{
    AdminClient client = watching("nas");
    answer(ipc::NewChanges{});
    const auto request = asked<ipc::AskChanges>();
    ASSERT_TRUE(request);
    answer(change(request->id, 3, "home", 1));
    answer(change(request->id, 4, "nas", 1));
    answer(ipc::ChangesEnd{request->id, {1, 4}, false});
    EXPECT_EQ(client.hear_one<admin::Changed>()->name.to_text(), "nas.dyn.example.org.");
    EXPECT_FALSE(client.hear());
}

// It asks once more, because the message may belong to a change after the answer.
TEST_F(ConsoleWatch, MissesNoChangeThatHappensDuringAnAnswer)
{
    AdminClient client = watching();
    answer(ipc::NewChanges{});
    const auto request = asked<ipc::AskChanges>();
    ASSERT_TRUE(request);
    answer(change(request->id, 3, "home", 1));
    answer(ipc::NewChanges{});
    answer(ipc::ChangesEnd{request->id, {1, 3}, false});
    const auto again = asked<ipc::AskChanges>();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->after.number, 3U);
}

TEST_F(ConsoleWatch, CoalescesChangesForASlowClient)
{
    AdminClient client = watching();
    answer(ipc::NewChanges{});
    // the client reads nothing while it is sent what its socket has no room for
    std::uint64_t number = 2;
    std::size_t answers = 0;
    for (auto request = asked<ipc::AskChanges>(); request && answers < 500; ++answers) {
        for (unsigned i = 0; i < ipc::max_rows; ++i) {
            keeper_.send(change(request->id, ++number, "h" + std::to_string(i), 1));
        }
        keeper_.send(ipc::ChangesEnd{request->id, {1, number}, true});
        request = asked<ipc::AskChanges>();
    }
    ASSERT_LT(answers, 500U) << "the client never blocked";
    answer(ipc::NewChanges{});
    EXPECT_FALSE(asked<ipc::AskChanges>());
    while (client.hear()) {
        run(); // until all is read
    }
    const auto request = asked<ipc::AskChanges>();
    ASSERT_TRUE(request);
    answer(change(request->id, number + 1, "home", 1));
    answer(change(request->id, number + 2, "nas", 1));
    answer(change(request->id, number + 3, "home", 2));
    answer(ipc::ChangesEnd{request->id, {1, number + 3}, false});
    EXPECT_EQ(client.hear_one<admin::Changed>()->name.to_text(), "nas.dyn.example.org.");
    const auto last = client.hear_one<admin::Changed>();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->before.a->bytes[3], 1);
    EXPECT_EQ(last->now.a->bytes[3], 3);
    EXPECT_FALSE(client.hear());
}

TEST_F(ConsoleWatch, DropsAClientThatReadsNothing)
{
    AdminClient client = watching();
    answer(ipc::NewChanges{});
    for (auto request = asked<ipc::AskChanges>(); request; request = asked<ipc::AskChanges>()) {
        for (unsigned i = 0; i < ipc::max_rows; ++i) {
            keeper_.send(change(request->id, 3, "home" + std::to_string(i), 1));
        }
        keeper_.send(ipc::ChangesEnd{request->id, {1, 3}, true});
    }
    console_test::now += console::command_time;
    run();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ConsoleWatch, TellsThatItsPlaceIsGone)
{
    AdminClient client = watching();
    attach_new_keeper();
    const auto request = asked<ipc::AskChanges>();
    ASSERT_TRUE(request) << "another keeper has another list";
    answer(ipc::ChangesLost{request->id, {9, 1}});
    const auto refusal = client.hear_one<admin::Refusal>();
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, admin::Refused::place_is_gone);
    client.send(admin::AskHosts{});
    EXPECT_TRUE(asked<ipc::AskHosts>()) << "on the same connection";
}

TEST_F(ConsoleWatch, IsForEight)
{
    std::vector<AdminClient> clients;
    for (std::size_t i = 0; i < console::max_watchers; ++i) {
        clients.push_back(watching());
    }
    AdminClient one_more = greeted();
    one_more.send(admin::Watch{});
    run();
    EXPECT_EQ(one_more.hear_one<admin::Refusal>()->reason, admin::Refused::busy);
}

class ConsoleSupervision : public ConsoleRequests
{
};

TEST_F(ConsoleSupervision, ShowsTheStateOfTheDaemon)
{
    AdminClient client = greeted();
    client.send(admin::AskStatus{});
    const auto request = asked<ipc::AskSummary>();
    ASSERT_TRUE(request);
    auto summary = console_test::with_id<ipc::Summary>(request->id);
    summary.serial = 1732;
    summary.hosts = 14;
    answer(summary);
    ASSERT_TRUE(asked_supervisor<ipc::AskState>());
    supervisor_.send(ipc::SocketState{ipc::Service::dns_udp, *base::parse_address("192.0.2.1"), 53});
    supervisor_.send(ipc::ProcessState{"supervisor", 0, 812, at_second(1), {}, ""});
    supervisor_.send(ipc::ProcessState{"keeper", 0, 815, at_second(2), 3, "landlock (refused)"});
    supervisor_.send(ipc::StateEnd{});
    run();
    const auto daemon = client.hear_one<admin::StatusDaemon>();
    ASSERT_TRUE(daemon);
    EXPECT_EQ(daemon->serial, 1732U);
    EXPECT_EQ(daemon->up_since, at_second(100));
    EXPECT_EQ(daemon->config_read, at_second(200));
    EXPECT_EQ(client.hear_one<admin::StatusSocket>()->socket, admin::Socket::dns_udp);
    EXPECT_FALSE(client.hear_one<admin::StatusProcess>()->restarts);
    EXPECT_EQ(client.hear_one<admin::StatusProcess>()->missing, "landlock (refused)");
    EXPECT_TRUE(client.hear_one<admin::Done>());
}

TEST_F(ConsoleSupervision, TellsTheOutcomeOfAReload)
{
    AdminClient client = greeted();
    testing::internal::CaptureStderr();
    const auto outcome_of = [&](ipc::ReloadResult result, const std::string& why) {
        client.send(admin::Reload{});
        const auto request = asked_supervisor<ipc::AskReload>();
        EXPECT_TRUE(request);
        supervisor_.send(ipc::ReloadOutcome{request->number, result, why});
        run();
        return client.hear();
    };
    const auto done = outcome_of(ipc::ReloadResult::done, "");
    EXPECT_TRUE(done && std::holds_alternative<admin::Done>(*done));
    const auto refused = outcome_of(ipc::ReloadResult::refused, "nanodnsd.conf:1:1: found nothing");
    ASSERT_TRUE(refused);
    EXPECT_EQ(std::get<admin::Refusal>(*refused).text, "nanodnsd.conf:1:1: found nothing");
    const auto too_soon = outcome_of(ipc::ReloadResult::too_soon, "");
    ASSERT_TRUE(too_soon);
    EXPECT_EQ(std::get<admin::Refusal>(*too_soon).reason, admin::Refused::busy);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("an administrator, uid"));
}

// That of a reload that began before the request is not the answer.
TEST_F(ConsoleSupervision, TellsOnlyTheOutcomeOfALaterReload)
{
    testing::internal::CaptureStderr();
    AdminClient first = greeted();
    AdminClient second_client = greeted();
    first.send(admin::Reload{});
    const auto one = asked_supervisor<ipc::AskReload>();
    ASSERT_TRUE(one);
    second_client.send(admin::Reload{});
    const auto two = asked_supervisor<ipc::AskReload>();
    ASSERT_TRUE(two);
    supervisor_.send(ipc::ReloadOutcome{one->number, ipc::ReloadResult::done, ""});
    run();
    EXPECT_TRUE(first.hear_one<admin::Done>());
    EXPECT_FALSE(second_client.hear());
    supervisor_.send(ipc::ReloadOutcome{two->number, ipc::ReloadResult::done, ""});
    run();
    EXPECT_TRUE(second_client.hear_one<admin::Done>());
    testing::internal::GetCapturedStderr();
}

TEST_F(ConsoleSupervision, SetsTheVerbosity)
{
    testing::internal::CaptureStderr();
    AdminClient client = greeted();
    client.send(admin::SetVerbosity{ipc::Verbosity::details});
    const auto request = asked_supervisor<ipc::SetVerbosity>();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->level, ipc::Verbosity::details);
    EXPECT_TRUE(client.hear_one<admin::Done>());
    testing::internal::GetCapturedStderr();
}

TEST_F(ConsoleSupervision, EndsAfterAMessageForAnotherProcess)
{
    for (const ipc::SupervisorToConsole& message :
         {ipc::SupervisorToConsole{ipc::CookieSecrets{}}, ipc::SupervisorToConsole{ipc::StateInPlace{}},
          ipc::SupervisorToConsole{ipc::StateEnd{}},
          ipc::SupervisorToConsole{ipc::Attach{ipc::Role::keeper, 0}}}) {
        start(console_test::four_hosts());
        supervisor_.send(message);
        run();
        EXPECT_EQ(console_->state(), console::Console::State::orphaned);
    }
}

} // namespace
