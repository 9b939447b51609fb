// DNS over real sockets: with dig, with kdig and with raw messages.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;
using testing::Not;

/// A raw query: id 0x1234, RD, one question; `name` in wire form without the root.
std::string query(const std::string& name, char type = 1)
{
    using namespace std::string_literals;
    return "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"s + name + "\x00\x00"s + type + "\x00\x01"s;
}

const std::string home = "\x04home\x03"
                         "dyn\x07"
                         "example\x03org";
const std::string printer = "\x07printer\x03"
                            "dyn\x07"
                            "example\x03org";

std::string framed(const std::string& message)
{
    return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} + message;
}

int rcode(const std::string& reply)
{
    return reply[3] & 0xF;
}

class Dns : public testing::Test
{
protected:
    std::string kdig(std::vector<std::string> more) const
    {
        std::vector<std::string> command{"kdig", "@127.0.0.1", "-p", std::to_string(daemon_.udp()),
                                         "+retry=0"};
        command.insert(command.end(), more.begin(), more.end());
        return support::run(command).output;
    }
    std::string ask(const std::string& message) const
    {
        const auto fd = support::connect_udp(daemon_.udp());
        support::send_all(fd.get(), message);
        return support::receive(fd.get()).value_or("");
    }

    Daemon daemon_;
};

TEST_F(Dns, AnswersAStaticHostOverUdpAndTcp)
{
    for (const bool tcp : {false, true}) {
        EXPECT_EQ(daemon_.dig("printer.dyn.example.org", "A", tcp), "192.0.2.80");
        EXPECT_EQ(daemon_.dig("printer.dyn.example.org", "AAAA", tcp), "2001:db8::80");
    }
}

// RFC 1035 section 3.3.13; dots in the mailbox's local part are escaped (section 8).
TEST_F(Dns, AnswersTheApex)
{
    EXPECT_THAT(daemon_.dig("dyn.example.org", "SOA"),
                HasSubstr("ns.example.org. host\\.master.example.org. "));
    EXPECT_EQ(daemon_.dig("dyn.example.org", "NS"), "ns.example.org.");
}

TEST_F(Dns, AnswersNoDataNxdomainAndRefused)
{
    EXPECT_THAT(kdig({"printer.dyn.example.org", "TXT"}), HasSubstr("status: NOERROR"));
    EXPECT_THAT(kdig({"printer.dyn.example.org", "TXT"}), HasSubstr("AUTHORITY: 1"));
    EXPECT_THAT(kdig({"home.dyn.example.org", "A"}), HasSubstr("status: NXDOMAIN")); // it has no record
    EXPECT_THAT(kdig({"nobody.dyn.example.org", "A"}), HasSubstr("status: NXDOMAIN"));
    EXPECT_THAT(kdig({"a.home.dyn.example.org", "A"}), HasSubstr("status: NXDOMAIN"));
    EXPECT_THAT(kdig({"example.org", "A"}), HasSubstr("status: REFUSED"));
    EXPECT_THAT(kdig({"xdyn.example.org", "A"}), HasSubstr("status: REFUSED"));
}

// RFC 6891 section 6.2.5 and DNS flag day 2020
TEST_F(Dns, AdvertisesItsSize)
{
    EXPECT_THAT(kdig({"+edns", "printer.dyn.example.org"}), HasSubstr("UDP size: 1232"));
}

TEST_F(Dns, AnswersNotimpAndFormerr)
{
    std::string update = query(home);
    update[2] = 5 << 3;
    EXPECT_EQ(rcode(ask(update)), 4);
    EXPECT_EQ(rcode(ask(query(home).substr(0, 20))), 1);
}

TEST_F(Dns, EchoesTheQuestionByteForByte)
{
    const std::string mixed = "\x07pRiNtEr\x03"
                              "DyN\x07"
                              "eXaMpLe\x03OrG";
    const std::string reply = ask(query(mixed));
    EXPECT_EQ(rcode(reply), 0);
    EXPECT_EQ(reply.substr(12, mixed.size()), mixed);
}

TEST_F(Dns, TakesNamesOfAnyBytes)
{
    const std::string binary = std::string{"\x04\x00\xff.\n", 5} + "\x03"
                                                                   "dyn\x07"
                                                                   "example\x03org";
    const std::string reply = ask(query(binary));
    EXPECT_EQ(rcode(reply), 3);
    EXPECT_EQ(reply.substr(12, binary.size()), binary);
}

// RFC 1035 section 4.1.4: pointers to themselves, forward, and into the header.
TEST_F(Dns, SurvivesInvalidPointers)
{
    for (const std::string& name :
         {std::string{"\xc0\x0c"}, std::string{"\xc0\xff"}, std::string{"\x01x\xc0\x00", 4}}) {
        const std::string reply =
            ask("\x12\x34\x01" + std::string("\x00\x00\x01\x00\x00\x00\x00\x00\x00", 9) + name +
                std::string("\x00\x01\x00\x01", 4));
        EXPECT_TRUE(reply.empty() || rcode(reply) == 1 || rcode(reply) == 5);
    }
    EXPECT_EQ(daemon_.dig("printer.dyn.example.org", "A"), "192.0.2.80");
}

// RFC 7766 section 6.2.1.1; for the half-close, RFC 7766 section 6.2.4 and RFC 9293 section 3.6.
TEST_F(Dns, AnswersPipelinedQueriesOfAHalfClosedClient)
{
    const auto fd = support::connect_tcp(daemon_.tcp());
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += framed(query(printer));
    }
    support::send_all(fd.get(), all);
    ::shutdown(fd.get(), SHUT_WR);
    const std::string one = framed(ask(query(printer)));
    EXPECT_EQ(support::receive_all(fd.get()).size(), 20 * one.size());
}

TEST_F(Dns, AnswersAQueryThatComesByteByByte)
{
    const auto fd = support::connect_tcp(daemon_.tcp());
    for (const char byte : framed(query(printer))) {
        support::send_all(fd.get(), {byte});
    }
    const std::string length = support::receive_exactly(fd.get(), 2);
    ASSERT_EQ(length.size(), 2U);
    EXPECT_EQ(rcode(support::receive_exactly(fd.get(), static_cast<std::uint8_t>(length[1]))), 0);
}

// RFC 1035 section 4.1.1: a response (QR set) gets no response.
TEST_F(Dns, DropsResponsesAndShortPackets)
{
    const auto fd = support::connect_udp(daemon_.udp());
    std::string answer = query(printer);
    answer[2] = static_cast<char>(0x81);
    support::send_all(fd.get(), answer);
    support::send_all(fd.get(), "short");
    support::send_all(fd.get(), query(home)); // the first reply must be to this query
    const std::string reply = support::receive(fd.get()).value_or("");
    EXPECT_EQ(reply.substr(12, home.size()), home);
}

TEST(DnsOnAllAddresses, RepliesFromTheAddressThatWasAsked)
{
    support::DaemonStart start;
    start.config = "[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\nemail=a@example.org\n"
                   "[udp]\nport=0\n[tcp]\nport=0\n[http]\nport=0\nlisten=127.0.0.1\n" +
                   support::sample_hosts();
    Daemon daemon{start};
    // A connected socket only receives replies from the address that it sent to.
    const auto fd = support::connect_udp(daemon.udp(), "127.0.0.77");
    support::send_all(fd.get(), query(printer));
    EXPECT_EQ(rcode(support::receive(fd.get()).value_or(std::string(4, '\xf'))), 0);
    const std::string six = support::run({"dig", "@::1", "-p", std::to_string(daemon.udp()), "+short",
                                          "+tries=1", "printer.dyn.example.org", "A"})
                                .output;
    EXPECT_EQ(six, "192.0.2.80\n");
}

/// Makes socket(2) fail for IPv6, as on a kernel without it.
void turn_ipv6_off()
{
    scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    const scmp_arg_cmp is_ipv6{0, SCMP_CMP_EQ, AF_INET6, 0};
    if (::seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, &is_ipv6) != 0 ||
        ::seccomp_load(filter) != 0) {
        ::_exit(1);
    }
}

TEST(DnsWithoutIpv6, IsNoError)
{
    support::DaemonStart start;
    start.config = "[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\nemail=a@example.org\n"
                   "[udp]\nport=0\n[tcp]\nport=0\n[http]\nport=0\n" +
                   support::sample_hosts();
    start.before_exec = turn_ipv6_off;
    Daemon daemon{start};
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "AAAA"), "2001:db8::80");
    EXPECT_THAT(daemon.process().output(), HasSubstr("this kernel does not have the address family"));
}

class BigDns : public testing::Test
{
protected:
    static support::DaemonStart start()
    {
        support::DaemonStart result;
        result.config = support::server_config("any = all\n") + "[@big]\n";
        for (int i = 0; i < 80; ++i) {
            result.config += "a = 192.0.2." + std::to_string(i) + "\n";
        }
        result.config += "[@www.deep]\na = 192.0.2.1\n[@]\na = 192.0.2.200\n";
        return result;
    }
    Daemon daemon_{start()};
};

// RFC 2181 section 9 and RFC 6891 section 7; dig fails on a malformed message.
TEST_F(BigDns, TruncatesToAWellFormedReplyAndIsCompleteOverTcp)
{
    const std::string port = std::to_string(daemon_.udp());
    const std::string cut =
        support::run({"dig", "@127.0.0.1", "-p", port, "+ignore", "+bufsize=512", "big.dyn.example.org", "A"})
            .output;
    EXPECT_THAT(cut, HasSubstr(" tc"));
    EXPECT_THAT(cut, HasSubstr("ANSWER: 0"));
    EXPECT_THAT(cut, HasSubstr("udp: 1232"));
    EXPECT_THAT(cut, Not(HasSubstr("malformed")));
    const std::string whole = daemon_.dig("big.dyn.example.org", "A", true);
    EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 79);
}

// RFC 8020 and RFC 4592 section 2.2.2
TEST_F(BigDns, HasNoDataAtAnEmptyNonTerminal)
{
    EXPECT_THAT(
        support::run({"dig", "@127.0.0.1", "-p", std::to_string(daemon_.udp()), "deep.dyn.example.org"})
            .output,
        HasSubstr("status: NOERROR"));
    EXPECT_EQ(daemon_.dig("www.deep.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_EQ(daemon_.dig("dyn.example.org", "A"), "192.0.2.200");
}

TEST_F(BigDns, AnswersAnyWithAllRecordsIfConfigured)
{
    const std::string any = daemon_.dig("dyn.example.org", "ANY");
    EXPECT_THAT(any, HasSubstr("192.0.2.200"));
    EXPECT_THAT(any, HasSubstr("ns.example.org."));
}

} // namespace
