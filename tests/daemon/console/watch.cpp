// Clients that watch changes.
#include <gmock/gmock.h>

#include "tests/daemon/console/scene.h"

namespace
{

using console_test::AdminClient;
namespace admin = ipc::admin;

class ConsoleWatch : public console_test::Scene
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

} // namespace
