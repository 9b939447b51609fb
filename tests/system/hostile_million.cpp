// After a million hostile packets, ten thousand connections and a hundred thousand updates, each process
// still runs, with the same memory and descriptors as before.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>

#include "privsep/sanitizer_calls.h"
#include "tests/support/memory_use.h"
#include "tests/system/hostile_packets.h"
#include "tests/system/hostile_sockets.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;

constexpr unsigned a_round = 100; // packets in flight: of any size, they fit in the socket's buffer
constexpr unsigned updates_a_round = privsep::is_sanitized ? 1 : 10; // at the same time
constexpr unsigned dynamic_hosts = 50;

/// Allowed growth of private memory. AddressSanitizer keeps up to 8 MiB of freed memory for a while
/// (tests/sanitizers/options.cpp), and notes about it.
constexpr long may_grow_kilobytes = privsep::is_sanitized ? 20 * 1024 : 64;

/// The number of UDP queries since the last call: each report sets the counters to 0.
std::size_t udp_requests(Daemon& daemon)
{
    daemon.process().output();
    daemon.process().signal(SIGUSR1);
    EXPECT_TRUE(daemon.logs("\tcookies:"));
    static const std::regex figure{"requests:.* udp=([0-9]+)"};
    const std::string& output = daemon.process().output();
    std::smatch found;
    const std::string last = output.substr(output.rfind("requests:"));
    EXPECT_TRUE(std::regex_search(last, found, figure));
    return std::stoul(found[1]);
}

std::ptrdiff_t descriptors(pid_t pid)
{
    const std::filesystem::directory_iterator all{"/proc/" + std::to_string(pid) + "/fd"};
    return std::distance(begin(all), end(all));
}

/// Hostile clients in many networks, and one good client. Its answer shows that all earlier packets were
/// read.
class Attack
{
public:
    explicit Attack(Daemon& daemon) : daemon_(daemon), good_(support::connect_udp(daemon.udp()))
    {
        for (int network = 1; network <= 64; ++network) {
            const std::string from = "127.1." + std::to_string(network) + ".9";
            sources_.push_back(hostile::udp_from(from, daemon));
        }
        learn_cookie();
        kinds_.push_back({"cookie-stolen-refused", asks_with_cookie_});
    }

    std::size_t sent() const noexcept { return sent_; }

    void rounds(unsigned count)
    {
        for (unsigned i = 0; i < count; ++i) {
            send_round();
            hostile_connection();
            update_some();
            if (i % 16 == 0) {
                hostile_update();
                daemon_.process().output(); // each update is a line, and a full pipe would drop lines
            }
            ASSERT_TRUE(good_client_is_answered()) << "in round " << i;
        }
    }

    bool good_client_is_answered()
    {
        support::send_all(good_.get(), asks_with_cookie_);
        ++sent_;
        const std::string reply = support::receive(good_.get()).value_or("");
        return reply.size() > 12 && (reply[3] & 0xF) == 0 && reply[7] == 1;
    }

private:
    /// RFC 7873: the rate limit does not apply to clients with a valid server cookie.
    void learn_cookie()
    {
        const auto ask = [](const std::string& cookie) {
            return hostile::header(0, {1, 0, 0, 1}) +
                   hostile::question(hostile::wire_name("printer.dyn.example.org")) +
                   hostile::opt(hostile::option(10, cookie));
        };
        support::send_all(good_.get(), ask("8 octets"));
        ++sent_;
        const std::string reply = support::receive(good_.get()).value_or("");
        const std::size_t at = reply.find("8 octets");
        ASSERT_NE(at, std::string::npos);
        asks_with_cookie_ = ask(reply.substr(at, 24));
    }

    std::string next_message()
    {
        const std::string& kind = kinds_[random_() % kinds_.size()].bytes;
        switch (random_() % 8) {
        case 0:
            return hostile::noise(random_);
        case 1:
        case 2:
        case 3:
            return hostile::mutate(kind, random_);
        default:
            return kind;
        }
    }

    void send_round()
    {
        std::array<std::string, a_round> messages;
        std::array<iovec, a_round> parts{};
        std::array<mmsghdr, a_round> headers{};
        for (unsigned i = 0; i < a_round; ++i) {
            messages[i] = next_message();
            parts[i] = {messages[i].data(), messages[i].size()};
            headers[i].msg_hdr.msg_iov = &parts[i];
            headers[i].msg_hdr.msg_iovlen = 1;
        }
        const int source = sources_[random_() % sources_.size()].get();
        for (unsigned at = 0; at < a_round;) {
            const int taken = ::sendmmsg(source, &headers[at], a_round - at, 0);
            ASSERT_GT(taken, 0);
            at += static_cast<unsigned>(taken);
        }
        sent_ += a_round;
    }

    /// Sends some frames, the last one cut anywhere. Then closes the connection, every second time with a
    /// reset.
    void hostile_connection()
    {
        const UniqueFd socket = hostile::tcp_from(some_network(), daemon_);
        std::string stream;
        for (unsigned i = random_() % 4; i > 0; --i) {
            stream += hostile::framed(next_message());
        }
        const std::string last = random_() % 2 == 0 ? hostile::framed(next_message()) : next_message();
        stream += last.substr(0, last.empty() ? 0 : random_() % last.size());
        support::send_all(socket.get(), stream);
        if (random_() % 2 == 0) {
            const linger at_once{1, 0};
            ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
    }

    /// Clients that send updates at the same time, each with a new address.
    void update_some()
    {
        std::array<UniqueFd, updates_a_round> clients;
        for (UniqueFd& client : clients) {
            client = hostile::socket_from(some_network(), daemon_.http(), {SOCK_STREAM});
            const std::string host = std::to_string(updates_ % dynamic_hosts);
            const std::string address = "10." + std::to_string(updates_ >> 16U) + "." +
                                        std::to_string(updates_ >> 8U & 0xFFU) + "." +
                                        std::to_string(updates_ & 0xFFU);
            support::send_all(client.get(), "GET /api/update?hostname=h" + host + ".dyn.example.org&token=t" +
                                                host + "&ipv4=" + address + " HTTP/1.1\r\nHost: a\r\n\r\n");
            ++updates_;
        }
        for (const UniqueFd& client : clients) {
            ASSERT_EQ(support::receive_all(client.get()).substr(0, 15), "HTTP/1.1 200 OK");
        }
    }

    /// Sends a wrong token or a malformed request, and closes the connection without waiting for the reply.
    void hostile_update()
    {
        const UniqueFd client = hostile::socket_from(some_network(), daemon_.http(), {SOCK_STREAM});
        const std::string guess = "GET /api/update?hostname=home.dyn.example.org&token=guess&ipv4=192.0.2.1 "
                                  "HTTP/1.1\r\nHost: a\r\n\r\n";
        support::send_all(client.get(), random_() % 2 == 0 ? guess : hostile::mutate(guess, random_));
    }

    std::string some_network() { return "127.1." + std::to_string(1 + random_() % 64) + ".9"; }

    Daemon& daemon_;
    UniqueFd good_;
    std::vector<UniqueFd> sources_;
    std::string asks_with_cookie_;
    std::vector<hostile::Packet> kinds_ = hostile::packets();
    std::mt19937 random_{20240229}; // a fixed seed: the same packets each time
    std::size_t sent_ = 0;
    unsigned updates_ = 0;
};

support::DaemonStart start(const std::string& state_folder)
{
    support::DaemonStart result;
    result.config = support::server_config("any = all\n") + support::sample_hosts() + "[@big]\n";
    for (int i = 0; i < 80; ++i) {
        result.config += "a = 192.0.2." + std::to_string(i) + "\n";
    }
    for (unsigned i = 0; i < dynamic_hosts; ++i) {
        result.config += "[@h" + std::to_string(i) + "]\ntoken = t" + std::to_string(i) + "\n";
    }
    result.options = {};
    result.state_folder = state_folder;
    return result;
}

/// What must not change in a process.
struct AtRest {
    pid_t pid = 0;
    std::ptrdiff_t descriptors = 0;
    long dirty = 0;
};

/// The lines of the log, without those of the keeper, which logs each update, and those of the updater about
/// requests that it refused.
std::vector<std::string> lines_about_processes(const std::string& log)
{
    std::vector<std::string> lines;
    std::istringstream in{log};
    for (std::string line; std::getline(in, line);) {
        const bool is_about_a_request =
            line.starts_with("nanodnsd-updater: ") &&
            (line.find(": request") != std::string::npos || line.ends_with(" similar lines were suppressed"));
        if (!line.starts_with("nanodnsd-keeper: ") && !is_about_a_request) {
            lines.push_back(line);
        }
    }
    return lines;
}

std::map<std::string, AtRest> look_at(Daemon& daemon)
{
    std::map<std::string, AtRest> all;
    for (const char* name : {"supervisor", "keeper", "updater", "responder"}) {
        const pid_t pid =
            std::string_view{name} == "supervisor" ? daemon.process().pid() : *daemon.child(name);
        all[name] = {pid, descriptors(pid), support::memory_use(pid).dirty};
    }
    return all;
}

void expect_the_same(const std::map<std::string, AtRest>& before, const std::map<std::string, AtRest>& after)
{
    for (const auto& [name, then] : before) {
        const AtRest& now = after.at(name);
        EXPECT_EQ(now.pid, then.pid) << name;
        EXPECT_GT(then.dirty, 0) << name;
        EXPECT_LE(now.dirty, then.dirty + may_grow_kilobytes) << name;
        std::printf("private memory of the %s: %ld kB before, %ld kB after\n", name.c_str(), then.dirty,
                    now.dirty);
        testing::Test::RecordProperty(name + "_kilobytes_before", static_cast<int>(then.dirty));
        testing::Test::RecordProperty(name + "_kilobytes_after", static_cast<int>(now.dirty));
    }
}

TEST(HostileMillion, LeavesEveryProcessAsItWas)
{
    const support::Folder state{"/dev/shm"}; // a hundred thousand syncs of a disk would slow down other tests
    Daemon daemon{start(state.path())};
    const auto begin = look_at(daemon);
    Attack attack{daemon};
    attack.rounds(300); // each kind of packet was sent, and each buffer has its final size
    const auto is_at_rest = [&] {
        const auto now = look_at(daemon);
        return std::all_of(begin.begin(), begin.end(), [&](const auto& process) {
            return now.at(process.first).descriptors == process.second.descriptors;
        });
    };
    ASSERT_TRUE(support::eventually(is_at_rest));
    EXPECT_EQ(udp_requests(daemon), attack.sent());
    const auto before = look_at(daemon);
    const auto log_before = lines_about_processes(daemon.process().output());
    const std::size_t sent_before = attack.sent();

    attack.rounds(1'000'000 / a_round);

    EXPECT_TRUE(attack.good_client_is_answered());
    EXPECT_TRUE(support::eventually(is_at_rest));
    EXPECT_EQ(lines_about_processes(daemon.process().output()), log_before);
    expect_the_same(before, look_at(daemon));
    const std::size_t served = udp_requests(daemon);
    EXPECT_GE(served, 1'000'000U);
    EXPECT_EQ(served, attack.sent() - sent_before) << "a packet was lost before it was read";
}

} // namespace
