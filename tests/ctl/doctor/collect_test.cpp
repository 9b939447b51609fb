// What is behind the facts: questions by DNS, programs that are run, and proc(5). The daemon's own facts are
// tested with a real one (tests/system/doctor.cpp), but for a reload at that time.
#include <array>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "ctl/doctor/capture.h"
#include "ctl/doctor/collect.h"
#include "ctl/doctor/dns_client.h"
#include "ctl/doctor/proc.h"
#include "ctl/doctor/shell.h"
#include "ctl/fd.h"
#include "tests/ctl/doctor/facts.h"
#include "tests/ctl/sample.h"

namespace
{

using namespace doctor_test;
using doctor::Transport;
using Bytes = std::vector<std::uint8_t>;

/// A nameserver on a port of 127.0.0.1, which replies to each of two questions as the test wants.
class Nameserver
{
public:
    using Replying = std::function<Bytes(Bytes question)>;

    Nameserver(Transport transport, Replying replying)
        : transport_(transport), replying_(std::move(replying)),
          socket_(::socket(AF_INET, transport == Transport::udp ? SOCK_DGRAM : SOCK_STREAM, 0))
    {
        struct sockaddr_in address {
        };
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        if (transport == Transport::tcp) {
            EXPECT_EQ(::listen(socket_.get(), 1), 0);
        }
        thread_ = std::thread{[this] { serve(); }};
    }
    ~Nameserver() { thread_.join(); }
    Nameserver(const Nameserver&) = delete;
    Nameserver& operator=(const Nameserver&) = delete;
    std::uint16_t port() const { return port_; }

private:
    void serve()
    {
        struct sockaddr_in from {
        };
        const bool is_stream = transport_ == Transport::tcp;
        const ctl::Fd client{is_stream ? ::accept(socket_.get(), nullptr, nullptr) : ::dup(socket_.get())};
        for (int i = 0; i < 2; ++i) {
            std::array<std::uint8_t, 600> room{};
            socklen_t size = sizeof from;
            const ssize_t got = ::recvfrom(client.get(), room.data(), room.size(), 0,
                                           is_stream ? nullptr : reinterpret_cast<sockaddr*>(&from), &size);
            const std::size_t skipped = is_stream ? 2 : 0;
            if (got <= static_cast<ssize_t>(skipped)) {
                return;
            }
            Bytes reply =
                replying_({room.begin() + static_cast<std::ptrdiff_t>(skipped), room.begin() + got});
            if (is_stream) {
                reply.insert(reply.begin(), {static_cast<std::uint8_t>(reply.size() >> 8),
                                             static_cast<std::uint8_t>(reply.size())});
            }
            ::sendto(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL,
                     is_stream ? nullptr : reinterpret_cast<sockaddr*>(&from), is_stream ? 0 : sizeof from);
        }
    }

    Transport transport_;
    Replying replying_;
    ctl::Fd socket_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

const dns::Name asked_zone = *dns::Name::from_text("dyn.mydomain.test");

doctor::Answer ask(Transport transport, const Nameserver& server, std::chrono::milliseconds patience)
{
    return doctor::ask_about_zone(transport, ip("127.0.0.1"), server.port(), asked_zone, patience);
}
doctor::Answer ask(Transport transport, const Nameserver& server)
{
    return ask(transport, server, std::chrono::seconds{20});
}

/// The question with QR and AA, and with the SOA or the NS record that it asks for.
Bytes good_reply(Bytes question)
{
    question[2] = 0x84;
    question[7] = 1;
    const bool is_soa = question[question.size() - 3] == 6;
    const Bytes soa = {2, 'n', 's', 0xC0, 12, 0, 0, 0, 6, 0xC4};
    Bytes data = is_soa ? soa : Bytes{2, 'N', 's', 0xC0, 12};
    data.resize(data.size() + (is_soa ? 16 : 0));
    const Bytes head = {0xC0, 12, 0, static_cast<std::uint8_t>(is_soa ? 6 : 2), 0, 1, 0, 0,
                        0,    60, 0, static_cast<std::uint8_t>(data.size())};
    question.insert(question.end(), head.begin(), head.end());
    question.insert(question.end(), data.begin(), data.end());
    return question;
}

TEST(DoctorQuestions, AreAnsweredOverBothTransports)
{
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
        const Nameserver server{transport, good_reply};
        const doctor::Answer got = ask(transport, server);
        EXPECT_EQ(got.error, "");
        EXPECT_EQ(got.rcode, 0U);
        EXPECT_TRUE(got.is_authoritative);
        EXPECT_EQ(got.serial, 1732U);
        EXPECT_EQ(got.name_servers, std::vector<std::string>{"ns.dyn.mydomain.test"});
    }
}

TEST(DoctorQuestions, MayBeRefusedOrAnsweredByAnother)
{
    const Nameserver refusing{Transport::udp, [](Bytes question) {
                                  question[2] = 0x80;
                                  question[3] = 5;
                                  return question;
                              }};
    const doctor::Answer refused = ask(Transport::udp, refusing);
    EXPECT_EQ(refused.error, "");
    EXPECT_EQ(refused.rcode, 5U);
    EXPECT_FALSE(refused.is_authoritative);
}

TEST(DoctorQuestions, MayHaveNoGoodReply)
{
    const Nameserver malformed{Transport::tcp, [](const Bytes&) { return Bytes(20, 0xFF); }};
    EXPECT_EQ(ask(Transport::tcp, malformed).error, "a malformed reply");
    const Nameserver other{Transport::udp, [](Bytes question) {
                               question[0] = static_cast<std::uint8_t>(question[0] ^ 1U);
                               return good_reply(question);
                           }};
    EXPECT_EQ(ask(Transport::udp, other, std::chrono::milliseconds{1}).error, "no reply in time");
    // nobody waits for the second question
    const ctl::Fd again{::socket(AF_INET, SOCK_DGRAM, 0)};
    struct sockaddr_in to {
    };
    to.sin_family = AF_INET;
    to.sin_port = htons(other.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 2; ++i) {
        ::sendto(again.get(), "0123456789ab", 12, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
}

TEST(DoctorQuestions, GoToAFewOfManyAddresses)
{
    doctor::Facts facts;
    facts.names = ctl::Names{named("@")};
    for (int i = 1; i <= 20; ++i) {
        facts.own_addresses.push_back(ip(("127.0.1." + std::to_string(i)).c_str()));
    }
    // nobody has port 1, which the kernel says at once
    doctor::Running running;
    running.sockets = {{admin::Socket::dns_udp, ip("0.0.0.0"), 1}, {admin::Socket::dns_tcp, ip("::"), 1}};
    facts.running = running;
    doctor::ask_by_dns(facts);
    EXPECT_EQ(facts.answers.size(), 32U);
    EXPECT_EQ(facts.not_asked, 4U);
    facts.own_addresses.resize(16);
    doctor::ask_by_dns(facts);
    EXPECT_EQ(facts.not_asked, 0U);
}

// So many hosts are not kept.
TEST(DoctorOfDaemon, IsAskedForTheNameServers)
{
    admin::HostRow name_server = ctl_test::home_row();
    name_server.name = named("ns");
    const ctl_test::Console console{[&](const admin::ClientToConsole& request) -> ctl_test::Answer {
        if (const auto* host = std::get_if<admin::AskHost>(&request)) {
            EXPECT_EQ(host->name.get(), name_server.name.get());
            return {name_server, admin::Done{}};
        }
        if (!std::holds_alternative<admin::AskHosts>(request)) {
            return ctl_test::sample_answer(request);
        }
        ctl_test::Answer answer(2000, ctl_test::home_row());
        answer.emplace_back(name_server);
        answer.emplace_back(admin::Done{});
        return answer;
    }};
    ctl::Context context;
    context.invocation.socket = console.path();
    doctor::Facts facts;
    doctor::ask_daemon(context, facts);
    facts.config = parsed(server + "[@ns]\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1A\n");
    doctor::ask_daemon_again(context, facts);
    ASSERT_TRUE(facts.running);
    EXPECT_EQ(facts.running->serial_after, 1732U);
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("ok", "ns.dyn.mydomain.test has a public address"));
}

TEST(DoctorCapture, KeepsBothOutputsAndTheStatus)
{
    const auto captured =
        doctor::capture({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, std::chrono::seconds{20});
    EXPECT_EQ(captured.out, "out\n");
    EXPECT_EQ(captured.err, "err\n");
    EXPECT_EQ(captured.ended.status, 3);
    EXPECT_FALSE(captured.is_late);
}

TEST(DoctorCapture, EndsAProgramThatDoesNotEndItself)
{
    const auto captured = doctor::capture({"/usr/bin/tail", "-f", "/dev/null"}, std::chrono::milliseconds{1});
    EXPECT_TRUE(captured.is_late);
    EXPECT_EQ(captured.ended.signal, SIGKILL);
}

TEST(DoctorCapture, SaysWhyAProgramCannotRun)
{
    EXPECT_EQ(doctor::capture({"/nowhere/nanodnsd"}, std::chrono::seconds{20}).ended.text(),
              "cannot be run: No such file or directory");
}

TEST(DoctorProc, KnowsTheRightsOfAProcess)
{
    const auto rights = doctor::rights_of(static_cast<std::uint32_t>(::getpid()));
    ASSERT_TRUE(rights);
    EXPECT_EQ(rights->uid, ::geteuid());
    ASSERT_FALSE(rights->gids.empty());
    EXPECT_EQ(rights->gids.front(), ::getegid());
    EXPECT_FALSE(doctor::rights_of(4'000'000'000));
}

TEST(DoctorProc, ReadsFilesOfLimitedSize)
{
    EXPECT_EQ(doctor::read_file("/proc/self/comm", 1), std::nullopt);
    EXPECT_NE(doctor::read_file("/proc/self/comm", 100), std::nullopt);
    EXPECT_EQ(doctor::read_file("/nowhere", 100), std::nullopt);
    EXPECT_EQ(doctor::split("a  b", ' '), (std::vector<std::string>{"a", "b"}));
}

template <typename Request>
void expect_all_of_the_daemon()
{
    const ctl_test::Console console{ctl_test::replaced_at<Request>(ctl_test::sample_answer)};
    ctl::Context context;
    context.invocation.socket = console.path();
    doctor::Facts facts;
    doctor::ask_daemon(context, facts);
    ASSERT_TRUE(facts.running);
    EXPECT_EQ(facts.running->sockets.size(), 5U);
    EXPECT_EQ(facts.running->hosts.size(), 1U) << "shed, which is overdue";
    EXPECT_EQ(facts.running->serial_after, 1732U);
}

TEST(DoctorOfDaemon, AsksAgainIfAReloadHasReplacedTheConsole)
{
    expect_all_of_the_daemon<ipc::admin::Hello>();
    expect_all_of_the_daemon<ipc::admin::AskCounters>();
}

} // namespace
