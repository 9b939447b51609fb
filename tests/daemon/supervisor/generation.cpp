#include "daemon/supervisor/generation.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <set>

using supervisor::Child;
using supervisor::Edge;
using supervisor::Generation;
using supervisor::Handover;
using supervisor::Role;

namespace
{

/// Children of which none runs.
class Channels : public testing::Test
{
protected:
    struct NoEvents : supervisor::ChildEvents {
        void became_ready(Child& /*child*/, std::uint32_t /*layers*/) override {}
        void found_unusable(const Child& /*child*/, const std::string& /*reason*/) override {}
        void asked(Child& /*child*/, const ipc::AskState& /*request*/) override {}
        void asked(Child& /*child*/, const ipc::AskReload& /*request*/) override {}
        void asked(Child& /*child*/, const ipc::SetVerbosity& /*request*/) override {}
        bool peer_reported(const Child& /*reporter*/, const ipc::PeerReport& /*report*/) override
        {
            return false;
        }
    };

    std::unique_ptr<Child> child(const Role& role, std::uint16_t index, std::uint16_t count)
    {
        return std::make_unique<Child>(loop_, events_, role, supervisor::Place{index, count},
                                       base::Uptime{1});
    }
    Generation two_workers()
    {
        Generation::Children children;
        children.push_back(child(supervisor::role_rows[0], 0, 2));
        children.push_back(child(supervisor::role_rows[0], 1, 2));
        children.push_back(child(supervisor::role_rows[1], 0, 1));
        children.push_back(child(supervisor::role_rows[2], 0, 1));
        return {supervisor::edge_rows, std::move(children)};
    }
    static bool is_hung_up(int fd)
    {
        pollfd asked{fd, POLLIN, 0};
        return ::poll(&asked, 1, 0) > 0 && (asked.revents & POLLHUP) != 0;
    }

    privsep::EventLoop loop_;
    NoEvents events_;
};

TEST_F(Channels, AreThoseOfTheEdges)
{
    Generation generation = two_workers();
    Child& keeper = *generation.find(ipc::Role::keeper, 0);
    EXPECT_EQ(generation.ends_for(keeper).size(), 3U) << "to the updater and to both responders";
    EXPECT_EQ(generation.ends_for(*generation.find(ipc::Role::updater, 0)).size(), 1U);
    EXPECT_EQ(generation.ends_for(*generation.find(ipc::Role::responder, 1)).size(), 1U);
    EXPECT_EQ(generation.find(ipc::Role::responder, 2), nullptr);
    EXPECT_EQ(generation.with(Handover::overlapping).size(), 2U);
}

TEST_F(Channels, AreNotBetweenOtherRoles)
{
    Generation generation = two_workers();
    const Child& responder = *generation.find(ipc::Role::responder, 1);
    const Child& updater = *generation.find(ipc::Role::updater, 0);
    const Child& keeper = *generation.find(ipc::Role::keeper, 0);
    EXPECT_TRUE(generation.have_channel(keeper, updater));
    EXPECT_TRUE(generation.have_channel(responder, keeper));
    EXPECT_FALSE(generation.have_channel(responder, updater));
    EXPECT_FALSE(generation.have_channel(responder, *generation.find(ipc::Role::responder, 0)));
}

TEST_F(Channels, OfOneRoleAreBetweenEachTwoOfItsChildren)
{
    const Role& role = supervisor::role_rows[0];
    const std::array<Edge, 1> edges{{{role.id, role.id}}};
    Generation::Children children;
    for (std::uint16_t index = 0; index < 4; ++index) {
        children.push_back(child(role, index, 4));
    }
    Generation generation{edges, std::move(children)};
    for (const auto& one : generation.children()) {
        EXPECT_EQ(generation.ends_for(*one).size(), 3U);
    }
}

TEST_F(Channels, KeepTheOtherEndUntilItsChildStarts)
{
    Generation generation = two_workers();
    Child& keeper = *generation.find(ipc::Role::keeper, 0);
    Child& updater = *generation.find(ipc::Role::updater, 0);
    const int other_end = generation.ends_for(keeper).at(0);
    const int kept = generation.ends_for(updater).at(0);
    EXPECT_NE(kept, other_end);
    EXPECT_FALSE(is_hung_up(kept));
    generation.started(keeper); // no process has inherited its ends, so nobody has them now
    EXPECT_EQ(generation.ends_for(updater).at(0), kept);
    EXPECT_TRUE(is_hung_up(kept)) << "the same channel";
}

// What a child has written into a channel is lost with it.
TEST_F(Channels, OfAChildThatHasExitedAreNotInherited)
{
    Generation generation = two_workers();
    Child& keeper = *generation.find(ipc::Role::keeper, 0);
    Child& updater = *generation.find(ipc::Role::updater, 0);
    generation.ends_for(updater);
    generation.started(updater);
    generation.stopped(updater);
    for (const int end : generation.ends_for(keeper)) {
        EXPECT_FALSE(is_hung_up(end));
    }
}

} // namespace
