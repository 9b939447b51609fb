#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/daemon/console/scene.h"
#include "tests/support/send_descriptors.h"

namespace
{

using console::Console;
using console_test::AdminClient;
using console_test::with_id;
using testing::HasSubstr;
namespace admin = ipc::admin;

class ConsoleClients : public console_test::Scene
{
};

TEST_F(ConsoleClients, AreWelcomedWithTheZone)
{
    AdminClient client = connect();
    client.send(admin::Hello{});
    run();
    const auto welcome = client.hear_one<admin::Welcome>();
    ASSERT_TRUE(welcome);
    EXPECT_EQ(welcome->zone.to_text(), "dyn.example.org.");
    EXPECT_FALSE(welcome->version.empty());
}

TEST_F(ConsoleClients, AreToldOfAnotherVersionOfTheProtocol)
{
    for (const unsigned version : {0U, 2U, 65535U}) {
        AdminClient client = connect();
        client.send(admin::Hello{static_cast<std::uint16_t>(version), 0});
        run();
        const auto refusal = client.hear_one<admin::Refusal>();
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->reason, admin::Refused::other_version);
        EXPECT_THAT(refusal->text, HasSubstr("version " + std::to_string(version)));
        EXPECT_TRUE(client.is_closed());
    }
}

TEST_F(ConsoleClients, AreDisconnectedForARecordThatIsNotExpected)
{
    const std::vector<std::uint8_t> nothing;
    AdminClient first = connect(); // no Hello
    first.send(admin::AskStatus{});
    AdminClient second = greeted();
    second.send(admin::Hello{});
    AdminClient third = greeted();
    third.send_bytes(std::vector<std::uint8_t>{200});
    AdminClient fourth = greeted();
    fourth.send_bytes(std::vector<std::uint8_t>(5000, 1));
    AdminClient fifth = greeted();
    fifth.send_bytes(nothing);
    AdminClient sixth = greeted(); // two requests at a time
    sixth.send(admin::AskStatus{});
    sixth.send(admin::AskStatus{});
    run();
    for (AdminClient* client : {&first, &second, &third, &fourth, &fifth, &sixth}) {
        EXPECT_TRUE(client->is_closed());
    }
    greeted();
    EXPECT_EQ(console_->state(), Console::State::serving);
}

TEST_F(ConsoleClients, MayNotPassDescriptors)
{
    AdminClient client = greeted();
    const std::vector<std::uint8_t> request{admin::AskStatus::tag};
    ASSERT_TRUE(support::send_with_descriptors(client.channel().get(), request, STDERR_FILENO, 1));
    run();
    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(asked<ipc::AskSummary>());
}

TEST_F(ConsoleClients, AreSixteen)
{
    std::vector<AdminClient> clients;
    for (std::size_t i = 0; i < console::max_clients; ++i) {
        clients.push_back(greeted());
    }
    AdminClient one_more = connect();
    one_more.send(admin::Hello{});
    run();
    const auto refusal = one_more.hear_one<admin::Refusal>();
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, admin::Refused::busy);
    EXPECT_TRUE(one_more.is_closed());
    clients.pop_back();
    run();
    greeted();
}

TEST_F(ConsoleClients, HaveTenSecondsToSayHello)
{
    AdminClient client = connect();
    run();
    console_test::now += console::command_time - base::Uptime{1};
    run();
    EXPECT_FALSE(client.is_closed());
    console_test::now += base::Uptime{1};
    run();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ConsoleClients, AreRefusedIfTheKeeperDoesNotAnswer)
{
    AdminClient client = greeted();
    client.send(admin::AskHosts{});
    ASSERT_TRUE(asked<ipc::AskHosts>());
    console_test::now += console::command_time;
    run();
    const auto refusal = client.hear_one<admin::Refusal>();
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, admin::Refused::failed);
    EXPECT_TRUE(client.is_closed());
}

// An answer to a client that is gone must not reach another one, and must not be an error.
TEST_F(ConsoleClients, MayLeaveBeforeTheAnswer)
{
    {
        AdminClient client = greeted();
        client.send(admin::AskStatus{});
        const auto request = asked<ipc::AskSummary>();
        ASSERT_TRUE(request);
        client.channel() = console_test::Channel{};
        run();
        answer(with_id<ipc::Summary>(request->id));
    }
    AdminClient later = greeted();
    later.send(admin::AskHost{console_test::name("home.dyn.example.org")});
    const auto request = asked<ipc::AskHost>();
    ASSERT_TRUE(request);
    EXPECT_FALSE(later.hear());
    EXPECT_EQ(console_->state(), Console::State::serving);
}

TEST_F(ConsoleClients, AreNoConcernOfTheSupervisorsPingAndQuit)
{
    AdminClient client = greeted();
    client.send(admin::AskStatus{});
    supervisor_.send(ipc::Ping{5});
    const auto pong = asked_supervisor<ipc::Pong>();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->number, 5U);
    supervisor_.send(ipc::Quit{});
    run();
    EXPECT_EQ(console_->state(), Console::State::done);
}

class ConsoleAndKeeper : public console_test::Scene
{
};

TEST_F(ConsoleAndKeeper, EndsAfterAnInvalidMessageOfTheKeeper)
{
    const auto expect_orphaned = [&](const ipc::KeeperToConsole& message) {
        testing::internal::CaptureStderr();
        start(console_test::four_hosts());
        AdminClient client = greeted();
        client.send(admin::AskHosts{});
        const auto request = asked<ipc::AskHosts>();
        EXPECT_TRUE(request);
        answer(message);
        EXPECT_EQ(console_->state(), Console::State::orphaned);
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the keeper sent an invalid message"));
    };
    const ipc::RequestId id{1};
    const ipc::RequestId other{2};
    expect_orphaned(with_id<ipc::HostRow>(other));
    expect_orphaned(with_id<ipc::RowFollower>(id));
    expect_orphaned(with_id<ipc::RowsEnd>(other));
    expect_orphaned(with_id<ipc::Summary>(id));
    expect_orphaned(with_id<ipc::HostChanged>(id));
    expect_orphaned(with_id<ipc::Changed>(id));
    expect_orphaned(with_id<ipc::ChangesEnd>(id));
    expect_orphaned(with_id<ipc::ChangesLost>(id));
}

TEST_F(ConsoleAndKeeper, GetsAtMostAPageOfRows)
{
    testing::internal::CaptureStderr();
    AdminClient client = greeted();
    client.send(admin::AskHosts{});
    const auto request = asked<ipc::AskHosts>();
    ASSERT_TRUE(request);
    for (unsigned i = 0; i <= ipc::max_rows; ++i) {
        EXPECT_EQ(console_->state(), Console::State::serving) << i;
        answer(with_id<ipc::HostRow>(request->id));
    }
    EXPECT_EQ(console_->state(), Console::State::orphaned);
    testing::internal::GetCapturedStderr();
}

TEST_F(ConsoleAndKeeper, AsksTheNextKeeperAgain)
{
    AdminClient client = greeted();
    client.send(admin::AskHost{console_test::name("home.dyn.example.org")});
    ASSERT_TRUE(asked<ipc::AskHost>());
    attach_new_keeper();
    const auto again = asked<ipc::AskHost>();
    ASSERT_TRUE(again);
    answer(ipc::RowsEnd{again->id, {}, {1, 2}, 3});
    EXPECT_TRUE(client.hear_one<admin::HostRow>());
    EXPECT_TRUE(client.hear_one<admin::Done>());
}

} // namespace
