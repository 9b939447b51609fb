// What clients ask of the supervisor.
#include <gmock/gmock.h>

#include "tests/daemon/console/scene.h"

namespace
{

using console_test::AdminClient;
using console_test::at_second;
using testing::HasSubstr;
namespace admin = ipc::admin;

class ConsoleSupervision : public console_test::Scene
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

// The keeper that is asked may have been started just now.
TEST_F(ConsoleSupervision, ShowsTheUpdatesOfAllKeepers)
{
    using common::OfKeeper;
    std::vector<std::uint64_t*> pages;
    for (std::size_t i = 0; i < console::Pages::pages_before_responders; ++i) {
        privsep::CounterMemory memory = privsep::make_counter_memory();
        pages.push_back(privsep::map_counters(memory.writable.get()));
        pages_.push_back(std::move(memory.readable));
    }
    start(console_test::four_hosts());
    for (std::size_t keeper = console::Pages::pages_of_one; keeper < 2 * console::Pages::pages_of_one;
         ++keeper) {
        pages[keeper][static_cast<std::size_t>(OfKeeper::changed)] = 1;
        pages[keeper][static_cast<std::size_t>(OfKeeper::unchanged)] = 20;
        pages[keeper][static_cast<std::size_t>(OfKeeper::refused)] = 300;
    }
    AdminClient client = greeted();
    client.send(admin::AskStatus{});
    const auto request = asked<ipc::AskSummary>();
    ASSERT_TRUE(request);
    answer(console_test::with_id<ipc::Summary>(request->id));
    ASSERT_TRUE(asked_supervisor<ipc::AskState>());
    supervisor_.send(ipc::StateEnd{});
    run();
    const auto daemon = client.hear_one<admin::StatusDaemon>();
    ASSERT_TRUE(daemon);
    EXPECT_EQ(daemon->changed, 2U);
    EXPECT_EQ(daemon->unchanged, 40U);
    EXPECT_EQ(daemon->refused, 600U);
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
    const auto done = outcome_of(ipc::ReloadResult::taken, "");
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
    supervisor_.send(ipc::ReloadOutcome{one->number, ipc::ReloadResult::taken, ""});
    run();
    EXPECT_TRUE(first.hear_one<admin::Done>());
    EXPECT_FALSE(second_client.hear());
    supervisor_.send(ipc::ReloadOutcome{two->number, ipc::ReloadResult::taken, ""});
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

// What the supervisor would drop is not done.
TEST_F(ConsoleSupervision, RefusesToSetTheVerbosityTooOften)
{
    using Limit = common::ConsoleVerbosityLimit;
    testing::internal::CaptureStderr();
    AdminClient client = greeted();
    const auto is_done = [&] {
        client.send(admin::SetVerbosity{ipc::Verbosity::details});
        const bool is_told = asked_supervisor<ipc::SetVerbosity>().has_value();
        const auto reply = client.hear();
        const auto* const refusal = reply ? std::get_if<admin::Refusal>(&*reply) : nullptr;
        EXPECT_TRUE(reply && (refusal == nullptr || refusal->reason == admin::Refused::busy));
        EXPECT_EQ(is_told, refusal == nullptr);
        return is_told;
    };
    for (int i = 0; i < Limit::burst; ++i) {
        EXPECT_TRUE(is_done()) << i;
    }
    EXPECT_FALSE(is_done());
    console_test::now += Limit::interval;
    EXPECT_TRUE(is_done());
    EXPECT_FALSE(is_done());
    testing::internal::GetCapturedStderr();
}

// It reads nothing during a reload. A client that does not wait for its answer may ask again by another
// connection.
TEST_F(ConsoleSupervision, FillsNoQueueOfTheSupervisor)
{
    testing::internal::CaptureStderr();
    AdminClient other = greeted();
    for (const admin::ClientToConsole& request :
         {admin::ClientToConsole{admin::Reload{}}, admin::ClientToConsole{admin::SetVerbosity{}},
          admin::ClientToConsole{admin::AskCounters{}}}) {
        for (int i = 0; i < 1000; ++i) {
            AdminClient client = connect();
            client.send(admin::Hello{admin::protocol_version, 4711});
            client.send(request);
            run();
        }
    }
    EXPECT_EQ(console_->state(), console::Console::State::serving);
    other.send(admin::Reload{});
    run();
    const auto refusal = other.hear_one<admin::Refusal>();
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->reason, admin::Refused::busy);
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
