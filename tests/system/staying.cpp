// The updater that stays over a reload where nothing is new to it, and the keeper that leaves meanwhile.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/daemon.h"
#include "tests/system/more_hosts.h"

namespace
{

using support::config_with_more_hosts;
using support::Daemon;
using support::expect_all_at_work;
using support::has_state;
using support::update_of_home;
using testing::HasSubstr;

/// A client of its own, which does not wait for the answer yet.
privsep::UniqueFd send_update(const Daemon& daemon, const std::string& address)
{
    auto client = support::connect_tcp(daemon.http());
    support::send_all(client.get(), "GET /api/update?" + update_of_home(address) + " HTTP/1.0\r\n\r\n");
    return client;
}

// Half a request is no reason to wait, and is not lost.
TEST(UpdaterOfAReload, StaysWhereNothingIsNewToIt)
{
    Daemon daemon;
    const pid_t updater = daemon.child("updater").value();
    auto client = support::connect_tcp(daemon.http());
    support::send_all(client.get(), "GET /api/update?" + update_of_home("192.0.2.1"));
    daemon.update(""); // so the other was accepted before
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.child("updater"), updater);
    support::send_all(client.get(), " HTTP/1.0\r\n\r\n");
    EXPECT_THAT(support::receive_all(client.get()), HasSubstr("ok updated"));
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    client.reset(); // one that is replaced waits for that

    daemon.configure(config_with_more_hosts("", "timeout = 4s\n"));
    ASSERT_TRUE(daemon.reload());
    EXPECT_NE(daemon.child("updater"), updater);
    expect_all_at_work(daemon, "192.0.2.2");
}

/// Of the config before, and held up.
class KeeperThatLeaves : public testing::Test
{
protected:
    void SetUp() override
    {
        ::kill(keeper_, SIGSTOP);
        ASSERT_TRUE(support::eventually([this] { return has_state(keeper_, 'T'); }));
        daemon_.configure(config_with_more_hosts());
        daemon_.process().signal(SIGHUP);
        ASSERT_TRUE(support::eventually([this] { return daemon_.all_of("keeper").size() == 2; }));
    }

    /// One that came while the keeper was held up, which gets this signal then.
    void expect_an_update_answered_after(int signal)
    {
        const auto client = send_update(daemon_, "192.0.2.7");
        ::kill(keeper_, signal);
        EXPECT_THAT(support::receive_all(client.get()), HasSubstr("ok updated"));
        ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
        EXPECT_EQ(daemon_.child("updater"), updater_);
        EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
        expect_all_at_work(daemon_, "192.0.2.8");
    }

    Daemon daemon_;
    pid_t updater_ = daemon_.child("updater").value();
    pid_t keeper_ = daemon_.child("keeper").value();
};

// Whether the old one or the new one decides, the answer is that it was done, and it was.
TEST_F(KeeperThatLeaves, LeavesNoUpdateWithoutItsAnswer)
{
    expect_an_update_answered_after(SIGCONT);
}

TEST_F(KeeperThatLeaves, LeavesThemToTheNextOneWhereItDies)
{
    expect_an_update_answered_after(SIGKILL);
}

TEST_F(KeeperThatLeaves, LeavesThemToTheNextOneWhereAllIsToEnd)
{
    const auto client = send_update(daemon_, "192.0.2.7");
    daemon_.process().signal(SIGTERM);
    ASSERT_TRUE(daemon_.logs("nanodnsd: ending\n"));
    ::kill(keeper_, SIGKILL);
    EXPECT_THAT(support::receive_all(client.get()), HasSubstr("ok updated"));
    EXPECT_EQ(daemon_.process().wait(), 0) << daemon_.process().output();
    daemon_.start();
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
}

TEST_F(KeeperThatLeaves, MayLoseTheUpdaterThatStays)
{
    ::kill(updater_, SIGKILL);
    ASSERT_TRUE(daemon_.logs("updater (pid " + std::to_string(updater_) + ") was killed by signal 9"));
    ::kill(keeper_, SIGCONT);
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_NE(daemon_.child("updater"), updater_);
    expect_all_at_work(daemon_, "192.0.2.8");
}

// It has died twice, so the next one starts a moment later, and the reload comes before.
TEST(KeeperOfBefore, MayBeDeadAtAReload)
{
    Daemon daemon;
    const pid_t updater = daemon.child("updater").value();
    daemon.replace("keeper", SIGKILL);
    daemon.configure(config_with_more_hosts());
    ::kill(daemon.child("keeper").value(), SIGKILL);
    ASSERT_TRUE(daemon.logs("was killed by signal 9"));
    ASSERT_TRUE(daemon.reload("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(daemon.child("updater"), updater);
    expect_all_at_work(daemon, "192.0.2.1");
}

} // namespace
