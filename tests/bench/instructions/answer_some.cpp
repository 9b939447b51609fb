// Answers queries of one kind, as the responder does, over real sockets: answer_some KIND COUNT HOSTS. Start
// and exit do not depend on COUNT, so the difference between two runs is the cost of the queries. It runs
// under callgrind without the sandbox, whose filter valgrind cannot load.
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <sys/socket.h>

#include "daemon/responder/answerer.h"
#include "daemon/responder/udp.h"
#include "tests/bench/instructions/workload.h"

namespace
{

using workload::ByteVector;

constexpr std::size_t batch = responder::UdpBatch::datagrams;
constexpr std::size_t batches = 10; // of different queries; then they are repeated

ByteVector cut_off()
{
    ByteVector bytes = workload::query(1, "h1.dyn.example.test", dns::Type::a);
    bytes.resize(bytes.size() - 3);
    return bytes;
}

/// A header with these counts of questions, answers, authorities and additionals, followed by `part` as often
/// as it fits.
ByteVector crowd(std::array<std::uint16_t, 4> count, const ByteVector& part)
{
    ByteVector bytes(dns::max_udp_bytes);
    base::Writer out{bytes};
    dns::Header{1, 0, count[0], count[1], count[2], count[3]}.write(out);
    while (out.left() >= part.size()) {
        out.bytes(part);
    }
    bytes.resize(out.size());
    return bytes;
}

/// An OPT record full of empty options.
ByteVector options_of_nothing()
{
    return workload::query(1, "h1.dyn.example.test", dns::Type::a, ByteVector(1168));
}

/// A name in the zone with almost as many labels as a name may have.
ByteVector labels()
{
    std::string owner;
    for (int i = 0; i < 115; ++i) {
        owner += "a.";
    }
    return workload::query(1, owner + "dyn.example.test", dns::Type::a);
}

/// As many records as the responder reads, each with an owner of as many labels as fit.
ByteVector owners()
{
    ByteVector record;
    for (int i = 0; i < 110; ++i) {
        record.insert(record.end(), {1, 'a'});
    }
    record.resize(record.size() + 11);
    return crowd({0, 0, 0, 5}, record);
}

using Kind = std::vector<ByteVector> (*)(std::uint32_t hosts);

std::vector<ByteVector> repeated(const ByteVector& query)
{
    return std::vector<ByteVector>(batch * batches, query);
}

const std::map<std::string, Kind> kinds = {
    {"mix", [](std::uint32_t hosts) { return workload::mix(hosts, batch * batches); }},
    {"cookie",
     [](std::uint32_t hosts) {
         return workload::mix(hosts, batch * batches, workload::good_cookie(responder::cookie_time()));
     }},
    {"short",
     [](std::uint32_t) {
         return repeated({1, 2, 3});
     }},
    {"cut_off", [](std::uint32_t) { return repeated(cut_off()); }},
    {"noise", [](std::uint32_t) { return repeated(ByteVector(512, 0x7F)); }},
    {"questions",
     [](std::uint32_t) {
         return repeated(crowd({0xFFFF, 0, 0, 0}, {0, 0, 1, 0, 1}));
     }},
    {"answers",
     [](std::uint32_t) {
         return repeated(crowd({0, 0xFFFF, 0, 0}, ByteVector(11)));
     }},
    {"additionals",
     [](std::uint32_t) {
         return repeated(crowd({0, 0, 0, 0xFFFF}, ByteVector(11)));
     }},
    {"labels", [](std::uint32_t) { return repeated(labels()); }},
    {"owners", [](std::uint32_t) { return repeated(owners()); }},
    {"options", [](std::uint32_t) { return repeated(options_of_nothing()); }},
};

privsep::UniqueFd bound()
{
    privsep::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
        throw std::runtime_error{"no socket"};
    }
    return socket;
}

/// Sends whole batches and receives the replies.
class Client
{
public:
    Client(int server, std::vector<ByteVector> queries) : socket_(bound()), queries_(std::move(queries))
    {
        sockaddr_in there{};
        socklen_t size = sizeof there;
        ::getsockname(server, reinterpret_cast<sockaddr*>(&there), &size);
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&there), size) != 0) {
            throw std::runtime_error{"no way to the server"};
        }
        for (std::size_t i = 0; i < queries_.size(); ++i) {
            parts_.push_back({queries_[i].data(), queries_[i].size()});
        }
        for (iovec& part : parts_) {
            sent_.emplace_back().msg_hdr.msg_iov = &part;
            sent_.back().msg_hdr.msg_iovlen = 1;
        }
        for (std::size_t i = 0; i < batch; ++i) {
            received_parts_[i] = {room_[i].data(), room_[i].size()};
            received_[i].msg_hdr.msg_iov = &received_parts_[i];
            received_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    void ask()
    {
        if (::sendmmsg(socket_.get(), &sent_[at_], batch, 0) != static_cast<int>(batch)) {
            throw std::runtime_error{"a query was not taken"};
        }
        at_ = (at_ + batch) % sent_.size();
    }
    /// How many replies there were.
    unsigned hear()
    {
        const int count = ::recvmmsg(socket_.get(), received_.data(), batch, MSG_DONTWAIT, nullptr);
        return count > 0 ? static_cast<unsigned>(count) : 0;
    }

private:
    privsep::UniqueFd socket_;
    std::vector<ByteVector> queries_;
    std::vector<iovec> parts_;
    std::vector<mmsghdr> sent_;
    std::size_t at_ = 0;
    std::array<std::array<std::uint8_t, dns::max_udp_bytes>, batch> room_{};
    std::array<iovec, batch> received_parts_{};
    std::array<mmsghdr, batch> received_{};
};

responder::Policy policy()
{
    const ipc::ResponderSetup head = workload::head();
    return {head.rate_limit, head.cookies, head.cookie_secrets, head.nsid, head.tcp_timeout};
}

/// How many replies there were.
std::size_t run(Kind kind, std::size_t count, std::uint32_t hosts)
{
    responder::Setup setup = responder::read_setup(workload::setup(hosts)).value();
    responder::Answerer answerer{std::move(setup.zone), policy(), base::SipKey{7}};
    responder::UdpBatch room;
    responder::UdpSocket server{bound(), room, answerer};
    privsep::EventLoop loop;
    loop.add(server.get(), EPOLLIN, server);
    Client client{server.get(), kind(hosts)};
    std::size_t replies = 0;
    for (std::size_t done = 0; done < count; done += batch) {
        client.ask();
        loop.turn(0);
        replies += client.hear();
    }
    return replies;
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 4 || !kinds.contains(argv[1])) {
        std::cerr << "usage: answer_some KIND COUNT HOSTS\n";
        return EXIT_FAILURE;
    }
    const std::size_t replies =
        run(kinds.at(argv[1]), std::stoul(argv[2]), static_cast<std::uint32_t>(std::stoul(argv[3])));
    std::cout << replies << " replies\n";
    return EXIT_SUCCESS;
} catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
}
