// Reloads: deaths and signals during a long one, and what a reload changes.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include "tests/support/daemon.h"
#include "tests/system/more_hosts.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

/// A long reload: the old updater has a request that the old keeper, which is stopped, does not answer, and
/// the new responder has started.
class ReloadUnderWay : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_EQ(update("192.0.2.1"), "200 ok updated");
        ::kill(keeper_, SIGSTOP);
        ASSERT_TRUE(support::eventually([this] { return support::has_state(keeper_, 'T'); }));
        request_ = support::connect_tcp(daemon_.http());
        support::send_all(request_.get(),
                          "GET /api/update?hostname=home.dyn.example.org&ipv4=192.0.2.2&token=secret "
                          "HTTP/1.0\r\n\r\n");
        const auto other = support::connect_tcp(daemon_.http()); // is accepted and answered after that one
        support::send_all(other.get(), "GET /nothing HTTP/1.0\r\n\r\n");
        EXPECT_THAT(support::receive_all(other.get()), HasSubstr("404"));
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
        ::kill(keeper_, SIGCONT);
        return support::receive_all(request_.get());
    }
    std::string update(const std::string& address) const
    {
        return daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=" + address);
    }
    std::string home() const { return daemon_.dig("home.dyn.example.org", "A"); }
    std::string more() const { return daemon_.dig("more.dyn.example.org", "A"); }

    static std::string server(const std::string& of_http) { return support::server_config("", "", of_http); }

    Daemon daemon_{{.config = server("timeout = 30s\n") + support::sample_hosts()}};
    pid_t keeper_ = daemon_.child("keeper").value();
    privsep::UniqueFd request_;
};

TEST_F(ReloadUnderWay, AnswersFromTheOldZoneAndFinishesTheOpenRequest)
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

TEST_F(ReloadUnderWay, IsStoppedInOrderWithTheDaemon)
{
    daemon_.process().signal(SIGTERM);
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    EXPECT_EQ(daemon_.process().wait(), 0) << daemon_.process().output();
    daemon_.start();
    EXPECT_EQ(home(), "192.0.2.2");
}

TEST_F(ReloadUnderWay, ContinuesIfTheOldKeeperDies)
{
    ::kill(daemon_.child("keeper").value(), SIGKILL);
    ASSERT_TRUE(daemon_.logs("keeper (pid "));
    finish_request(); // there is no keeper to accept it
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_EQ(update("192.0.2.3"), "200 ok updated");
}

TEST_F(ReloadUnderWay, HasOneKeeperAndOneUpdaterAtATime)
{
    EXPECT_EQ(daemon_.all_of("keeper").size(), 1U);
    EXPECT_EQ(daemon_.all_of("updater").size(), 1U);
    EXPECT_EQ(daemon_.all_of("responder").size(), 2U);
}

TEST_F(ReloadUnderWay, ContinuesIfANewResponderDies)
{
    ::kill(daemon_.all_of("responder").back(), SIGKILL);
    ASSERT_TRUE(daemon_.logs("responder (pid "));
    EXPECT_EQ(home(), "192.0.2.1");
    EXPECT_THAT(finish_request(), HasSubstr("200"));
    ASSERT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(home(), "192.0.2.2");
}

/// Stops the new updater of a reload by SIGSTOP. It may have been ready before that.
pid_t stop_the_new_updater(const Daemon& daemon, pid_t old)
{
    pid_t found = -1;
    support::eventually([&] {
        for (const pid_t pid : daemon.children()) {
            const std::string name = support::read_proc(pid, "comm");
            found = pid != old && name.find("updat") != std::string::npos ? pid : found;
        }
        return found > 0;
    });
    if (found > 0) { // -1 would stop all processes
        ::kill(found, SIGSTOP);
    }
    return found;
}

TEST(Reload, RestoresTheRecordsOfAHostThatComesBack)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    daemon.configure(support::server_config() + "[@office]\ntoken = other\n");
    ASSERT_TRUE(daemon.reload(
        "keeping the records of 1 hosts that left the config or lost their token, for 7 days "));
    ASSERT_TRUE(daemon.logs("home.dyn.example.org."));
    ASSERT_TRUE(support::eventually([&] { return daemon.dig("home.dyn.example.org", "A").empty(); }));
    daemon.configure(support::server_config() + support::sample_hosts());
    ASSERT_TRUE(daemon.reload("restored the records of 1 hosts that are back in the config: "
                              "home.dyn.example.org."));
    ASSERT_TRUE(daemon.logs("serving"));
    EXPECT_TRUE(support::eventually([&] { return daemon.dig("home.dyn.example.org", "A") == "192.0.2.1"; }));
}

// The old one answers from the old zone until it exits.
TEST(Reload, StopsTheOldResponderAsSoonAsTheNewOneAnswers)
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
    EXPECT_TRUE(was_in_time) << "the updater was always ready before it was stopped";
}

// The statistics of the old responder are in the log before it exits, and those of the last one at the end.
TEST(Reload, LosesNoStatistics)
{
    Daemon daemon;
    const auto reported = [&](std::ptrdiff_t times) {
        return support::eventually([&] {
            const std::string log = daemon.process().output();
            std::ptrdiff_t found = 0;
            for (std::size_t at = 0; (at = log.find("requests: ipv4=1 ipv6=0 udp=1", at)) != log.npos; ++at) {
                ++found;
            }
            return found == times;
        });
    };
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
    ASSERT_TRUE(daemon.reload());
    EXPECT_TRUE(reported(1));
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(reported(2));
    EXPECT_EQ(daemon.process().output().find("requests: ipv4=0"), std::string::npos) << "nothing was counted";
}

// The old process has the socket as well. Until it exits, the port stays in use.
TEST(Reload, ReleasesAnAddressThatIsNoLongerListenedOn)
{
    Daemon daemon{{.config = support::config_with_more_hosts("listen = 127.0.0.1 127.0.0.2\n")}};
    const auto is_taken = [&] {
        const privsep::UniqueFd other{::socket(AF_INET, SOCK_DGRAM, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(daemon.udp());
        ::inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
        return ::bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
    };
    ASSERT_TRUE(is_taken());
    daemon.configure(support::config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    support::expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_TRUE(support::eventually([&] { return !is_taken(); }));
}

// The keeper has a channel for each responder.
TEST(Reload, ChangesTheNumberOfWorkers)
{
    Daemon daemon;
    for (const std::size_t workers : {3U, 2U, 1U}) {
        daemon.configure(support::config_with_more_hosts("workers = " + std::to_string(workers) + "\n"));
        ASSERT_TRUE(daemon.reload("serving dyn.example.org.")) << daemon.process().output();
        EXPECT_TRUE(support::eventually([&] { return daemon.all_children().size() == workers + 2; }));
        support::expect_all_at_work(daemon, "192.0.2." + std::to_string(workers));
    }
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("exited with status")));
}

} // namespace
