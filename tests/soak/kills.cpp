// Kills and reloads the real daemon many times at random moments while clients update their hosts: no
// acknowledged update is ever lost, and the serial never decreases. A reload alone leaves no update without
// its acknowledgement.
//
//   soak_kills ROUNDS [SEED]
//
// In each round four clients update two hosts each, one update after the other: an address of both, a prefix
// and the value of a challenge, of which all must be there or nothing. After some acknowledged updates, one
// process or all of them are killed with SIGKILL, in every second round during a reload; or the
// daemon is only reloaded. When it serves again, each host must have its last acknowledged address or one
// that was proposed after it. Exits with status 1 if an update was lost, or refused during a reload without a
// kill.
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/time.h"
#include "tests/support/daemon.h"

namespace
{

constexpr std::size_t clients = 4;

enum class Victim : std::uint8_t { keeper, updater, responder, supervisor, all, none };
constexpr std::array<const char*, 6> victim_names{"keeper",     "updater", "responder",
                                                  "supervisor", "all",     "none"};

std::string host_name(std::size_t client)
{
    return "h" + std::to_string(client);
}

/// The second host of the client.
std::string pair_name(std::size_t client)
{
    return "g" + std::to_string(client);
}

/// The value of the n-th challenge that a client proposes.
std::string challenge(std::uint32_t n)
{
    const std::string digits = std::to_string(n);
    return std::string(43 - digits.size(), '-') + digits;
}

/// The n-th prefix that a client proposes.
std::string prefix(std::uint32_t n)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "2001:db8:%x:%x::/64", n >> 16, n & 0xFFFF);
    return text.data();
}

/// The n-th address that a client proposes.
std::string address(std::uint32_t n)
{
    return "10." + std::to_string(n >> 16 & 0xFF) + "." + std::to_string(n >> 8 & 0xFF) + "." +
           std::to_string(n & 0xFF);
}

/// The HTTP status of the n-th update of a client; 0 if there was no reply.
int update(std::uint16_t port, std::size_t client, std::uint32_t n)
{
    try {
        const auto fd = support::connect_tcp(port);
        support::send_all(fd.get(), "GET /api/update?hostname=" + host_name(client) + ".dyn.example.org," +
                                        pair_name(client) + ".dyn.example.org&token=t&ipv4=" + address(n) +
                                        "&ip6lanprefix=" + prefix(n) + "&txt=" + challenge(n) +
                                        " HTTP/1.0\r\n\r\n");
        const std::string reply = support::receive_all(fd.get());
        const std::string::size_type status = reply.find(' ');
        return status == std::string::npos ? 0 : std::atoi(reply.c_str() + status);
    } catch (const std::runtime_error&) {
        return 0; // no updater listens now
    }
}

/// The reply to a query over UDP; empty if there is none.
std::string ask(std::uint16_t port, const std::string& labels, char type)
{
    using namespace std::string_literals;
    const auto fd = support::connect_udp(port);
    support::send_all(fd.get(), "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + labels +
                                    "\x03"s
                                    "dyn\x07"
                                    "example\x03org\x00\x00"s +
                                    type + "\x00\x01"s);
    return support::receive(fd.get()).value_or("");
}

std::uint32_t number_at_end(const std::string& reply, std::size_t before_end)
{
    base::Reader in{base::as_bytes(reply).subspan(reply.size() - before_end, 4)};
    return in.u32();
}

/// What a client knows about its host. During a round only the client's thread uses it.
struct Client {
    std::uint32_t proposed = 0;
    std::uint32_t acknowledged = 0;
};

class Soak
{
public:
    explicit Soak(std::uint32_t seed) : random_(seed) { settle(); }

    void round()
    {
        const std::uint32_t before = acknowledged_;
        const std::uint32_t wanted = before + 1 + random_below(40);
        over_ = false;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < clients; ++i) {
            threads.emplace_back([this, i] { run(i); });
        }
        while (acknowledged_ < wanted) {
            std::this_thread::yield();
        }
        const auto victim = static_cast<Victim>(random_below(victim_names.size()));
        ++kills_[static_cast<std::size_t>(victim)];
        const std::uint32_t failed_before = failed_;
        if (victim == Victim::none || random_below(2) == 0) {
            daemon_.process().signal(SIGHUP);
            ++reloads_;
        }
        for (std::uint32_t left = random_below(2000); left != 0; --left) {
            std::this_thread::yield(); // so that the kill is at a random moment of an update and of a reload
        }
        kill(victim, threads);
        refused_ += victim == Victim::none ? failed_ - failed_before : 0;
        settle();
        check();
    }

    bool report(unsigned rounds) const
    {
        std::printf("%u rounds:", rounds);
        for (std::size_t i = 0; i < kills_.size(); ++i) {
            std::printf(" %s %u", victim_names[i], kills_[i]);
        }
        std::printf(" reloads %u, %u updates refused during one without a kill", reloads_, refused_);
        std::printf("\n%u updates acknowledged, %u unanswered or refused, %u of these in force, %u lost, "
                    "the serial fell %u times\n",
                    acknowledged_.load(), failed_.load(), kept_, lost_, serial_fell_);
        return lost_ == 0 && serial_fell_ == 0 && refused_ == 0;
    }

private:
    static support::DaemonStart how()
    {
        support::DaemonStart start;
        start.options = {};
        // a slow disk must not refuse an update: only a kill may
        start.config =
            support::server_config("rate_limit = 0\nttl = 0\n", "", "connections = 64\ntimeout = 15s\n");
        for (std::size_t i = 0; i <= clients; ++i) {
            for (const std::string& name : {host_name(i), pair_name(i)}) {
                start.config += "[@" + name + "]\ntoken = t\nsuffix = ::1\nacme = yes\n";
            }
        }
        return start;
    }

    std::uint32_t random_below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

    void run(std::size_t number)
    {
        Client& client = clients_[number];
        while (!over_) {
            const std::uint32_t n = ++client.proposed;
            if (update(daemon_.http(), number, n) == 200) {
                client.acknowledged = n;
                ++acknowledged_;
            } else {
                ++failed_;
            }
        }
    }

    void kill(Victim victim, std::vector<std::thread>& threads)
    {
        if (victim == Victim::none) {
            const std::uint32_t enough = acknowledged_ + 100; // the reload is over by then, or nearly so
            while (acknowledged_ < enough) {
                std::this_thread::yield();
            }
        } else if (victim == Victim::all) {
            daemon_.kill_all();
        } else if (victim == Victim::supervisor) {
            daemon_.process().signal(SIGKILL);
            daemon_.process().wait();
        } else if (const auto pid = daemon_.child(victim_names[static_cast<std::size_t>(victim)])) {
            ::kill(*pid, SIGKILL); // none: a reload is just replacing it
        }
        over_ = true;
        for (std::thread& thread : threads) {
            thread.join();
        }
        if (victim == Victim::all || victim == Victim::supervisor) {
            daemon_.start();
        }
    }

    /// Waits until an update is acknowledged and visible: then the responder has the keeper's data.
    void settle()
    {
        const std::uint32_t n = ++marker_;
        const bool settled = support::eventually([&] {
            if (update(daemon_.http(), clients, n) != 200) {
                return false;
            }
            return support::eventually([&] { return seen(clients) == n; });
        });
        if (!settled) {
            throw std::runtime_error{"the daemon does not come back: " + daemon_.process().output()};
        }
    }

    static std::string label(const std::string& text) { return static_cast<char>(text.size()) + text; }
    static bool has_one(const std::string& reply) { return reply.size() > 12 && reply[7] == 1; }

    /// The number of the proposal whose address the client's first host has; 0 for none.
    std::uint32_t seen(std::size_t number) const { return seen(host_name(number)); }
    std::uint32_t seen(const std::string& name) const
    {
        const std::string reply = ask(daemon_.udp(), label(name), 1);
        return has_one(reply) ? number_at_end(reply, 4) & 0xFFFFFF : 0;
    }

    /// Whether both hosts have the address, the prefix and the challenge of the n-th proposal.
    bool has_all_of(std::size_t number, std::uint32_t n) const
    {
        for (const std::string& name : {host_name(number), pair_name(number)}) {
            const std::string aaaa = ask(daemon_.udp(), label(name), 28);
            const std::string txt = ask(daemon_.udp(), label("_acme-challenge") + label(name), 16);
            if (seen(name) != n || !has_one(aaaa) || number_at_end(aaaa, 12) != n ||
                txt.find(challenge(n)) == std::string::npos) {
                return false;
            }
        }
        return true;
    }

    void check()
    {
        for (std::size_t i = 0; i < clients; ++i) {
            Client& client = clients_[i];
            // during a reload an old responder may still answer
            std::uint32_t has = 0;
            support::eventually([&] {
                has = seen(i);
                return has >= client.acknowledged;
            });
            const bool is_whole = support::eventually([&] {
                has = seen(i);
                return has == 0 || has_all_of(i, has);
            });
            if (!is_whole || has < client.acknowledged || has > client.proposed) {
                ++lost_;
                std::printf("%s has %s%s; acknowledged was %s, proposed %s\n", host_name(i).c_str(),
                            address(has).c_str(), is_whole ? "" : ", but not the rest of its update",
                            address(client.acknowledged).c_str(), address(client.proposed).c_str());
            }
            kept_ += has > client.acknowledged ? 1U : 0U;
            client.acknowledged = has;
        }
        std::uint32_t serial = 0;
        support::eventually([&] {
            serial = number_at_end(ask(daemon_.udp(), "", 6), 20); // RFC 1035 section 3.3.13
            return !base::serial_less(serial, serial_);
        });
        serial_fell_ += base::serial_less(serial, serial_) ? 1U : 0U;
        serial_ = serial;
    }

    std::mt19937 random_;
    support::Daemon daemon_{how()};
    std::array<Client, clients> clients_{};
    std::atomic<bool> over_ = false;
    std::atomic<std::uint32_t> acknowledged_ = 0;
    std::atomic<std::uint32_t> failed_ = 0;
    std::array<unsigned, victim_names.size()> kills_{};
    std::uint32_t marker_ = 0;
    std::uint32_t kept_ = 0;
    std::uint32_t lost_ = 0;
    std::uint32_t serial_ = 1;
    std::uint32_t serial_fell_ = 0;
    std::uint32_t reloads_ = 0;
    std::uint32_t refused_ = 0;
};

} // namespace

int main(int argc, char** argv)
try {
    const unsigned rounds = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 0;
    if (rounds == 0) {
        std::fputs("usage: soak_kills ROUNDS [SEED]\n", stderr);
        return 2;
    }
    const std::uint32_t seed =
        argc > 2 ? static_cast<std::uint32_t>(std::atoll(argv[2])) : std::random_device{}();
    std::printf("seed %u\n", seed);
    Soak soak{seed};
    for (unsigned i = 0; i < rounds; ++i) {
        soak.round();
    }
    const bool nothing_lost = soak.report(rounds);
    const bool nothing_reported = !testing::UnitTest::GetInstance()->Failed(); // by a sanitizer
    return nothing_lost && nothing_reported ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
}
