// Reloads while the old keeper is stopped: no update is lost.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/admin.h"
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

/// A request of a client that does not wait for the reply yet.
privsep::UniqueFd send_update(const Daemon& daemon, const std::string& address)
{
    auto client = support::connect_tcp(daemon.http());
    support::send_all(client.get(), "GET /api/update?" + update_of_home(address) + " HTTP/1.0\r\n\r\n");
    return client;
}

/// The old keeper is stopped, and the reload has started the new responder.
class OldKeeper : public testing::Test
{
protected:
    void SetUp() override
    {
        ::kill(keeper_, SIGSTOP);
        ASSERT_TRUE(support::eventually([this] { return has_state(keeper_, 'T'); }));
        before_ = send_update(daemon_, "192.0.2.6");
        daemon_.configure(config_with_more_hosts());
        daemon_.process().signal(SIGHUP);
        ASSERT_TRUE(support::eventually([this] { return daemon_.all_of("responder").size() == 2; }));
    }

    void expect_all_served_by_others()
    {
        ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
        EXPECT_NE(daemon_.child("updater"), updater_);
        EXPECT_NE(daemon_.child("keeper"), keeper_);
        expect_all_at_work(daemon_, "192.0.2.8");
    }

    Daemon daemon_;
    pid_t updater_ = daemon_.child("updater").value();
    pid_t keeper_ = daemon_.child("keeper").value();
    privsep::UniqueFd before_; ///< a client of the old updater
};

// The old keeper decides on the old updater's requests. A later client waits for the new updater and keeper.
TEST_F(OldKeeper, AnswersAndLeavesLaterUpdatesToItsSuccessor)
{
    const auto client = send_update(daemon_, "192.0.2.7");
    ::kill(keeper_, SIGCONT);
    EXPECT_THAT(support::receive_all(before_.get()), HasSubstr("200 OK"));
    before_.reset();
    EXPECT_THAT(support::receive_all(client.get()), HasSubstr("200 OK"));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
    expect_all_served_by_others();
}

// Only stored updates are acknowledged: clients of the old updater are told to try again.
TEST_F(OldKeeper, MayDie)
{
    ::kill(keeper_, SIGKILL);
    EXPECT_THAT(support::receive_all(before_.get()), HasSubstr("503"));
    before_.reset();
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "");
    EXPECT_NE(daemon_.child("keeper"), keeper_);
    expect_all_at_work(daemon_, "192.0.2.8");
}

TEST_F(OldKeeper, MayLoseItsUpdater)
{
    ::kill(updater_, SIGKILL);
    ASSERT_TRUE(daemon_.logs("updater (pid " + std::to_string(updater_) + ") was killed by signal 9"));
    ::kill(keeper_, SIGCONT);
    expect_all_served_by_others();
}

TEST_F(OldKeeper, FinishesIfTheDaemonStops)
{
    daemon_.process().signal(SIGTERM);
    ASSERT_TRUE(daemon_.logs("nanodnsd: stopping\n"));
    ::kill(keeper_, SIGCONT);
    EXPECT_THAT(support::receive_all(before_.get()), HasSubstr("ok updated"));
    before_.reset();
    EXPECT_EQ(daemon_.process().wait(), 0) << daemon_.process().output();
    daemon_.start();
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.6");
}

// It has died twice, so its restart is delayed, and the reload comes first.
TEST(KeeperAtAReload, MayBeDead)
{
    Daemon daemon;
    daemon.replace("keeper", SIGKILL);
    daemon.configure(config_with_more_hosts());
    ::kill(daemon.child("keeper").value(), SIGKILL);
    ASSERT_TRUE(daemon.logs("was killed by signal 9"));
    ASSERT_TRUE(daemon.reload("serving dyn.example.org. with 4 hosts"));
    expect_all_at_work(daemon, "192.0.2.1");
}

std::size_t count_of(const std::string& part, const std::string& text)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

// Until then it may answer a query from the old zone.
TEST(OldResponder, KnowsThatItMustStopBeforeTheReloadIsDone)
{
    Daemon daemon;
    const pid_t responder = daemon.child("responder").value();
    ::kill(responder, SIGSTOP);
    ASSERT_TRUE(support::eventually([&] { return has_state(responder, 'T'); }));
    daemon.configure(config_with_more_hosts());
    const std::size_t before = daemon.process().output().size();
    const auto said = [&] { return daemon.process().output().substr(before); };
    daemon.process().signal(SIGHUP);
    ASSERT_TRUE(support::eventually([&] { return count_of(" serves\n", said()) == 3; })) << said();
    daemon.process().signal(SIGUSR1); // the new one reports after all that the supervisor did before
    ASSERT_TRUE(support::eventually([&] { return count_of("requests:", said()) == 1; })) << said();
    EXPECT_EQ(count_of("serving dyn.example.org.", said()), 0U) << said();
    ::kill(responder, SIGCONT);
    EXPECT_TRUE(daemon.logs("serving dyn.example.org. with 4 hosts"));
}

// Whoever is greeted after a reload finds the new zone, however long the handover takes.
TEST(ConsoleAtAReload, ServesWhenTheReloadIsDone)
{
    const support::Folder folder;
    const std::string path = folder / "control";
    const std::string control = "[control]\nsocket = " + path + "\n";
    Daemon daemon{{.config = support::server_config() + control + support::sample_hosts()}};
    const pid_t keeper = daemon.child("keeper").value();
    const pid_t responder = daemon.child("responder").value();
    ::kill(keeper, SIGSTOP);
    daemon.configure(config_with_more_hosts() + control);
    support::Admin asking = support::greeted(path);
    EXPECT_EQ(asking.refusal_of(ipc::admin::Reload{}), "");
    EXPECT_TRUE(asking.is_closed());
    ASSERT_TRUE(support::eventually([&] { return daemon.all_of("responder").size() == 2; }));
    auto responders = daemon.all_of("responder");
    std::erase(responders, responder);
    ::kill(responders.front(), SIGSTOP);
    ::kill(keeper, SIGCONT);
    ASSERT_TRUE(daemon.logs("keeper (pid ")) << "the new one serves";
    ASSERT_NE(daemon.child("keeper"), keeper);
    EXPECT_FALSE(daemon.child("console")) << "the old responder still answers";
    support::Admin next{path};
    next.send(ipc::admin::Hello{});
    ::kill(responders.front(), SIGCONT);
    const auto welcome = next.hear();
    EXPECT_TRUE(welcome && std::holds_alternative<ipc::admin::Welcome>(*welcome));
    expect_all_at_work(daemon, "192.0.2.8");
}

// As in a suspended machine or a frozen container.
TEST(AllProcesses, MayBeStoppedAndContinued)
{
    Daemon daemon;
    auto all = daemon.children();
    all.push_back(daemon.process().pid());
    for (const int signal : {SIGSTOP, SIGCONT}) {
        for (const pid_t pid : all) {
            ::kill(pid, signal);
            ASSERT_TRUE(support::eventually([&] { return has_state(pid, 'T') == (signal == SIGSTOP); }));
        }
    }
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("was killed")));
}

} // namespace
