// A reload that takes its time, since an update that had begun gets its answer first from an updater that is
// replaced.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

/// The old updater has half a request, the new responders are there, and the new keeper waits for the old
/// one.
class ReloadUnderWay : public testing::Test
{
protected:
    void SetUp() override
    {
        request_ = support::connect_tcp(daemon_.http());
        support::send_all(request_.get(), "GET /api/update?hostname=home.dyn.example.org&ipv4=192.0.2.2");
        ASSERT_EQ(update("192.0.2.1"), "200 ok updated"); // so the other was accepted before
        reload("[@more]\na = 192.0.2.81\n");
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (daemon_.all_of("responder").size() < 2) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << daemon_.process().output();
        }
    }

    void reload(const std::string& more_hosts)
    {
        daemon_.configure(server("timeout = 29s\n") + support::sample_hosts() + more_hosts);
        daemon_.process().signal(SIGHUP);
    }
    std::string finish_request()
    {
        support::send_all(request_.get(), "&token=secret HTTP/1.0\r\n\r\n");
        std::string reply = support::receive_all(request_.get());
        request_.reset(); // the updater waits for that
        return reply;
    }
    std::string update(const std::string& address) const
    {
        return daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=" + address);
    }
    std::string home() const { return daemon_.dig("home.dyn.example.org", "A"); }
    std::string more() const { return daemon_.dig("more.dyn.example.org", "A"); }

    static std::string server(const std::string& of_http) { return support::server_config("", "", of_http); }

    Daemon daemon_{{.config = server("timeout = 30s\n") + support::sample_hosts()}};
    privsep::UniqueFd request_;
};

// ARCHITECTURE, "Deaths, reload, end"
TEST_F(ReloadUnderWay, AnswersFromTheOldZoneAndThenTheUpdateThatHadBegun)
{
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_EQ(more(), "");
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.2");
    EXPECT_EQ(more(), "192.0.2.81");
    EXPECT_EQ(update("192.0.2.3"), "200 ok updated");
}

TEST_F(ReloadUnderWay, IsFollowedByTheNextOne)
{
    reload("[@more]\na = 192.0.2.82\n[@yet-more]\na = 192.0.2.83\n");
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 5 hosts"));
    EXPECT_EQ(more(), "192.0.2.82");
}

TEST_F(ReloadUnderWay, EndsInOrderWhereTheDaemonIsTo)
{
    daemon_.process().signal(SIGTERM);
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    EXPECT_EQ(daemon_.process().wait(), 0) << daemon_.process().output();
    daemon_.start();
    EXPECT_EQ(home(), "192.0.2.2");
}

TEST_F(ReloadUnderWay, GoesOnWhereTheOldKeeperDies)
{
    ::kill(daemon_.child("keeper").value(), SIGKILL);
    ASSERT_TRUE(daemon_.logs("keeper (pid "));
    finish_request(); // nobody is there to say yes to it
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_EQ(update("192.0.2.3"), "200 ok updated");
}

// It waits for the state, and whoever comes in its place does, too.
TEST_F(ReloadUnderWay, GoesOnWhereTheNewKeeperDies)
{
    ASSERT_TRUE(support::eventually([this] { return daemon_.all_of("keeper").size() == 2; }));
    ::kill(daemon_.all_of("keeper").back(), SIGKILL);
    ASSERT_TRUE(daemon_.logs("keeper (pid "));
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.2");
    EXPECT_EQ(update("192.0.2.3"), "200 ok updated");
}

TEST_F(ReloadUnderWay, GoesOnWhereANewResponderDies)
{
    ::kill(daemon_.all_of("responder").back(), SIGKILL);
    ASSERT_TRUE(daemon_.logs("responder (pid "));
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.2");
    EXPECT_THAT(daemon_.process().output(), Not(HasSubstr("too early"))) << "the new keeper waited";
}

/// Of a reload that has begun; stopped, it is not ready for as long as the test likes, unless it was before.
pid_t stop_the_new_updater(const Daemon& daemon, pid_t old)
{
    pid_t found = -1;
    support::eventually([&] {
        for (const pid_t pid : daemon.children()) {
            std::string name;
            std::getline(std::ifstream{"/proc/" + std::to_string(pid) + "/comm"}, name);
            found = pid != old && name.find("updat") != std::string::npos ? pid : found;
        }
        return found > 0;
    });
    ::kill(found, SIGSTOP);
    return found;
}

// the whole way: config, reader, keeper, state, and back
TEST(Reload, GivesAHostThatComesBackItsRecordsAgain)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    daemon.configure(support::server_config() + "[@office]\ntoken = other\n");
    ASSERT_TRUE(daemon.reload("keep their records for 7 days or until they expire (1): "));
    ASSERT_TRUE(daemon.logs("home.dyn.example.org."));
    ASSERT_TRUE(support::eventually([&] { return daemon.dig("home.dyn.example.org", "A").empty(); }));
    daemon.configure(support::server_config() + support::sample_hosts());
    ASSERT_TRUE(support::eventually([&] { return daemon.is_prepared(); }));
    ASSERT_TRUE(daemon.reload("hosts that are back in the config have their records again (1): "
                              "home.dyn.example.org."));
    ASSERT_TRUE(daemon.logs("serving"));
    EXPECT_TRUE(support::eventually([&] { return daemon.dig("home.dyn.example.org", "A") == "192.0.2.1"; }));
}

// They would answer from the old zone for as long as they are there.
TEST(Reload, EndsTheOldResponderAsSoonAsTheNewOneAnswers)
{
    Daemon daemon;
    bool was_in_time = false;
    for (int i = 0; i < 200 && !was_in_time; ++i) {
        const pid_t old = daemon.child("responder").value();
        const pid_t old_updater = daemon.child("updater").value();
        const std::string timeout = i % 2 == 0 ? "timeout = 29s\n" : "timeout = 30s\n";
        daemon.configure(support::server_config("", "", timeout) + support::sample_hosts());
        daemon.process().signal(SIGHUP);
        const pid_t updater = stop_the_new_updater(daemon, old_updater);
        const std::string is_ready = "updater (pid " + std::to_string(updater) + ") serves";
        const auto says_so = [&] { return daemon.process().output().find(is_ready) != std::string::npos; };
        ASSERT_TRUE(support::eventually([&] {
            const auto all = daemon.children();
            return says_so() || std::find(all.begin(), all.end(), old) == all.end();
        }));
        was_in_time = !says_so();
        ::kill(updater, SIGCONT);
        ASSERT_TRUE(daemon.logs("serving dyn.example.org."));
    }
    EXPECT_TRUE(was_in_time) << "the updater was never stopped before it was ready";
}

// daemon/keeper/store.h: a keeper that was killed may have left what is in the kernel's memory alone.
TEST(Reload, HandsOverAStateThatIsOnTheDiskAndADeathDoesNot)
{
    Daemon daemon; // with -v
    const auto says_so = [&] {
        const std::string log = daemon.process().output();
        const std::string text = "all of it is on the disk";
        std::size_t count = 0;
        for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
            ++count;
        }
        return count;
    };
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.9"), "200 ok updated");
    EXPECT_EQ(says_so(), 0U) << "the first one began again";
    daemon.reload();
    EXPECT_EQ(says_so(), 1U);
    daemon.replace("keeper", SIGKILL);
    EXPECT_EQ(says_so(), 1U);
    daemon.reload();
    EXPECT_EQ(says_so(), 2U);
    daemon.stop();
    daemon.start();
    EXPECT_EQ(says_so(), 0U) << "another supervisor does not know how the last one ended";
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.9");
}

} // namespace
