// issue 3, "Bad input": after a million hostile packets the responder is what it was.
#include <array>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <sys/socket.h>

#include "privsep/sanitizer_calls.h"
#include "tests/system/hostile_packets.h"
#include "tests/system/hostile_sockets.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;

constexpr unsigned a_round = 100; // packets in flight: they fit in the socket's buffer, whatever their size

/// Private memory. AddressSanitizer keeps freed memory for a while, up to 16 MiB
/// (tests/sanitizers/options.cpp).
constexpr long may_grow_kilobytes = privsep::is_sanitized ? 20 * 1024 : 64;

/// Counters of the last report of `daemon`, which begins anew with it.
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

/// Clean and dirty: what nobody else shares.
long private_kilobytes(pid_t pid)
{
    const std::string rollup = support::read_proc(pid, "smaps_rollup");
    static const std::regex line{"Private_(?:Clean|Dirty): +([0-9]+) kB"};
    long sum = 0;
    for (std::sregex_iterator at{rollup.begin(), rollup.end(), line}, end; at != end; ++at) {
        sum += std::stol((*at)[1]);
    }
    return sum;
}

std::ptrdiff_t descriptors(pid_t pid)
{
    const std::filesystem::directory_iterator all{"/proc/" + std::to_string(pid) + "/fd"};
    return std::distance(begin(all), end(all));
}

/// Hostile clients of many networks, and one good client, whose answer tells that all before it was read.
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
            if (i % 8 == 0) {
                hostile_connection();
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
    /// RFC 7873: who shows one is never held back by the rate limit.
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
        const std::string& kind = kinds_[random_() % kinds_.size()].octets;
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

    /// Some frames, the last one cut anywhere; then gone, by turns with a reset.
    void hostile_connection()
    {
        const std::string from = "127.1." + std::to_string(1 + random_() % 64) + ".9";
        const UniqueFd socket = hostile::tcp_from(from, daemon_);
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

    Daemon& daemon_;
    UniqueFd good_;
    std::vector<UniqueFd> sources_;
    std::string asks_with_cookie_;
    std::vector<hostile::Packet> kinds_ = hostile::packets();
    std::mt19937 random_{20240229}; // the same packets each time
    std::size_t sent_ = 0;
};

support::DaemonStart start()
{
    support::DaemonStart result;
    result.config = support::server_config("any = all\n") + support::sample_hosts() + "[@big]\n";
    for (int i = 0; i < 80; ++i) {
        result.config += "a = 192.0.2." + std::to_string(i) + "\n";
    }
    result.options = {};
    return result;
}

TEST(HostileMillion, LeavesTheResponderWhatItWas)
{
    Daemon daemon{start()};
    const pid_t pid = daemon.child("responder").value();
    const std::ptrdiff_t descriptors_at_rest = descriptors(pid);
    Attack attack{daemon};
    attack.rounds(300); // each kind was seen, and each buffer has grown as far as it does
    const auto is_at_rest = [&] { return descriptors(pid) == descriptors_at_rest; };
    ASSERT_TRUE(support::eventually(is_at_rest));
    EXPECT_EQ(udp_requests(daemon), attack.sent());
    const long private_before = private_kilobytes(pid);
    const std::size_t log_before = daemon.process().output().size();
    const std::size_t sent_before = attack.sent();
    ASSERT_GT(private_before, 0);

    attack.rounds(1'000'000 / a_round);

    EXPECT_TRUE(attack.good_client_is_answered());
    EXPECT_TRUE(support::eventually(is_at_rest));
    EXPECT_EQ(daemon.process().output().size(), log_before) << daemon.process().output();
    EXPECT_EQ(daemon.child("responder").value(), pid);
    const long private_after = private_kilobytes(pid);
    EXPECT_LE(private_after, private_before + may_grow_kilobytes);
    const std::size_t served = udp_requests(daemon);
    EXPECT_GE(served, 1'000'000U);
    EXPECT_EQ(served, attack.sent() - sent_before) << "a packet was lost before it was read";
    RecordProperty("private_kilobytes_before", static_cast<int>(private_before));
    RecordProperty("private_kilobytes_after", static_cast<int>(private_after));
    std::printf("private memory of the responder: %ld kB before, %ld kB after\n", private_before,
                private_after);
}

} // namespace
