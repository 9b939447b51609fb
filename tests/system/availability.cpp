// Attacks on availability while a good client continues: all its queries are answered, its updates succeed,
// and no process spins.
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/system/hostile_sockets.h"

namespace
{

using support::Daemon;
using Clock = std::chrono::steady_clock;

constexpr const char* in_memory = "/dev/shm"; // the tests are not about a slow disk

/// Seconds of CPU that the process has used.
double cpu_seconds(pid_t pid)
{
    return std::stod(support::read_proc(pid, "schedstat")) / 1e9;
}

/// The share of a core that a process uses during the object's lifetime.
class CpuShare
{
public:
    explicit CpuShare(pid_t pid) : pid_(pid), cpu_(cpu_seconds(pid)) {}
    double so_far() const
    {
        const double wall = std::chrono::duration<double>(Clock::now() - began_).count();
        return (cpu_seconds(pid_) - cpu_) / wall;
    }

private:
    pid_t pid_;
    double cpu_;
    Clock::time_point began_ = Clock::now();
};

std::size_t descriptors(pid_t pid)
{
    const std::filesystem::directory_iterator all{"/proc/" + std::to_string(pid) + "/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class GoodClient
{
public:
    explicit GoodClient(Daemon& daemon) : daemon_(daemon) {}

    /// Sends an update from its own network, and one query over UDP and one over TCP.
    void works()
    {
        ++updates_;
        const std::string address =
            "10.0." + std::to_string(updates_ / 256) + "." + std::to_string(updates_ % 256);
        EXPECT_EQ(update(address), "ok updated\n200");
        for (const bool tcp : {false, true}) {
            EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A", tcp), address);
        }
    }
    std::string update(const std::string& address) const
    {
        return support::run({"curl", "-s", "--interface", "127.99.0.1", "--max-time", "20", "-w",
                             "\n%{http_code}",
                             "http://127.0.0.1:" + std::to_string(daemon_.http()) +
                                 "/api/update?hostname=home.dyn.example.org&token=secret&ipv4=" + address})
            .output;
    }
    unsigned updates() const { return updates_; }

private:
    Daemon& daemon_;
    unsigned updates_ = 0;
};

support::DaemonStart patient(const support::Folder& state)
{
    support::DaemonStart start;
    start.options = {};
    start.state_folder = state.path();
    start.config = support::server_config("rate_limit = 0\n", "timeout = 30s\n", "timeout = 30s\n") +
                   support::sample_hosts();
    return start;
}

struct Attack {
    const char* name;
    std::vector<std::string> options;
    bool keeps_its_connections; ///< for as long as the server lets it
};

class SlowHttp : public testing::TestWithParam<Attack>
{
};

// slowhttptest opens 200 connections and keeps them busy.
TEST_P(SlowHttp, DoesNotKeepAGoodClientOut)
{
    const support::Folder state{in_memory};
    Daemon daemon{patient(state)};
    GoodClient client{daemon};
    support::Start start;
    start.command = {"slowhttptest",
                     "-c",
                     "200",
                     "-r",
                     "200",
                     "-l", // seconds, longer than the test
                     "60",
                     "-i",
                     "1",
                     "-u",
                     "http://127.0.0.1:" + std::to_string(daemon.http()) + "/api/update"};
    start.command.insert(start.command.end(), GetParam().options.begin(), GetParam().options.end());
    const CpuShare updater{daemon.child("updater").value()};
    const std::size_t before = descriptors(daemon.child("updater").value());
    support::Process attack{start};
    ASSERT_TRUE(support::eventually([&] {
        return descriptors(daemon.child("updater").value()) > before + 3 ||
               support::has_state(attack.pid(), 'Z');
    }));
    const auto until = Clock::now() + std::chrono::seconds{3}; // to measure the share of a core
    do {
        client.works();
    } while (Clock::now() < until);
    EXPECT_TRUE(!support::has_state(attack.pid(), 'Z') || !GetParam().keeps_its_connections)
        << "the client did not work during the attack: " << attack.output();
    std::printf("%u updates, updater used %.3f of a core\n", client.updates(), updater.so_far());
    EXPECT_LT(updater.so_far(), 0.5) << "it spins";
}

INSTANTIATE_TEST_SUITE_P(Modes, SlowHttp,
                         testing::Values(Attack{"Headers", {"-H"}, true}, Attack{"Body", {"-B"}, true},
                                         Attack{"Read", {"-X"}, false}, Attack{"Range", {"-R"}, false}),
                         [](const auto& attack) { return attack.param.name; });

// More connections than the limit, from many networks, none of which sends anything.
TEST(Flood, OfConnectionsDoesNotKeepAGoodClientOut)
{
    const support::Folder state{in_memory};
    Daemon daemon{patient(state)};
    GoodClient client{daemon};
    std::vector<privsep::UniqueFd> idle;
    for (int i = 0; i < 150; ++i) {
        const std::string from = "127." + std::to_string(i % 5 + 1) + "." + std::to_string(i) + ".1";
        for (const std::uint16_t port : {daemon.http(), daemon.tcp()}) {
            idle.push_back(hostile::socket_from(from, port, {SOCK_STREAM, 0}));
        }
        if (i % 10 == 0) {
            client.works();
        }
    }
    const CpuShare updater{daemon.child("updater").value()};
    const CpuShare responder{daemon.child("responder").value()};
    for (int i = 0; i < 10; ++i) {
        client.works();
    }
    EXPECT_LT(updater.so_far(), 0.5) << "the updater spins";
    EXPECT_LT(responder.so_far(), 0.5) << "the responder spins";
}

/// The real id of a process, which follows "Uid:" or "Gid:" in /proc/PID/status.
unsigned id_of(pid_t pid, const std::string& what)
{
    const std::string status = support::read_proc(pid, "status");
    return static_cast<unsigned>(std::stoul(status.substr(status.find(what + ":\t") + what.size() + 2)));
}

/// Sets the number of descriptors that the process may have, as its own user, who is allowed to.
void limit_descriptors(pid_t pid, rlim_t count)
{
    const pid_t helper = ::fork();
    if (helper == 0) {
        rlimit limit{};
        const gid_t group = id_of(pid, "Gid");
        const uid_t user = id_of(pid, "Uid");
        const bool done = ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0 &&
                          ::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) == 0;
        limit.rlim_cur = std::min(count, limit.rlim_max);
        ::_exit(done && ::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr) == 0 ? 0 : 1);
    }
    int status = -1;
    ::waitpid(helper, &status, 0);
    ASSERT_EQ(status, 0) << "prlimit";
}

class OutOfDescriptors : public testing::TestWithParam<const char*>
{
};

// Clients in the kernel's queue are served once there are free descriptors again.
TEST_P(OutOfDescriptors, DoesNotSpinAndRecovers)
{
    const support::Folder state{in_memory};
    Daemon daemon{patient(state)};
    const std::string name = GetParam();
    const pid_t pid = daemon.child(name).value();
    limit_descriptors(pid, 0);
    const CpuShare share{pid};
    const std::uint16_t port = name == "updater" ? daemon.http() : daemon.tcp();
    const auto waiting = hostile::socket_from("127.0.0.9", port, {SOCK_STREAM, 0});
    if (name == "updater") {
        support::send_all(waiting.get(), "GET /api/update?hostname=home.dyn.example.org&token=secret"
                                         "&ipv4=192.0.2.7 HTTP/1.0\r\n\r\n");
    } else {
        using namespace std::string_literals;
        support::send_all(waiting.get(),
                          "\x00\x29\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07printer\x03"
                          "dyn\x07"
                          "example\x03org\x00\x00\x01\x00\x01"s);
    }
    for (int i = 0; i < 20; ++i) { // about a second, in which the other services work as usual
        EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
    }
    EXPECT_LT(share.so_far(), 0.5) << "it spins";
    EXPECT_EQ(daemon.child(name), pid);
    limit_descriptors(pid, RLIM_INFINITY);
    EXPECT_FALSE(support::receive(waiting.get()).value_or("").empty());
    EXPECT_EQ(daemon.child(name), pid);
}

INSTANTIATE_TEST_SUITE_P(Of, OutOfDescriptors, testing::Values("updater", "responder"),
                         [](const auto& process) { return std::string{process.param}; });

} // namespace
