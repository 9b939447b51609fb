#include "ctl/doctor/dns_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <vector>

#include "ctl/fd.h"
#include "proto/base/text.h"
#include "proto/dns/zone_reply.h"

namespace ctl::doctor
{

namespace
{

std::uint16_t random_id()
{
    std::uint16_t id = 0;
    return ::getrandom(&id, sizeof id, 0) == static_cast<ssize_t>(sizeof id) ? id : std::uint16_t{1};
}

/// A connected socket; an invalid one with errno.
Fd connect_to(Transport transport, const base::Address& address, std::uint16_t port,
              std::chrono::milliseconds patience)
{
    const int type = transport == Transport::udp ? SOCK_DGRAM : SOCK_STREAM;
    Fd socket{::socket(address.is4() ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)};
    struct timeval time {
    };
    time.tv_sec = static_cast<decltype(time.tv_sec)>(patience.count() / 1000);
    time.tv_usec = static_cast<decltype(time.tv_usec)>(patience.count() % 1000 * 1000);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    int outcome = -1;
    if (address.is4()) {
        struct sockaddr_in to {
        };
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        std::memcpy(&to.sin_addr, address.bytes().data(), sizeof to.sin_addr);
        outcome = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    } else {
        struct sockaddr_in6 to {
        };
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        std::memcpy(&to.sin6_addr, address.bytes().data(), sizeof to.sin6_addr);
        outcome = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    return outcome == 0 ? std::move(socket) : Fd{};
}

class Conversation
{
public:
    Conversation(const Fd& socket, Transport transport, const dns::Name& zone)
        : socket_(socket), transport_(transport), zone_(zone)
    {
    }

    /// The reply, or none with why().
    std::optional<dns::ZoneReply> ask(dns::Type type)
    {
        const std::uint16_t id = random_id();
        std::array<std::uint8_t, 2 + 512> room{};
        const base::Bytes question = dns::write_zone_question(std::span{room}.subspan(2), id, zone_, type);
        base::store(room.data(), static_cast<std::uint16_t>(question.size()));
        const bool is_stream = transport_ == Transport::tcp;
        const std::span<const std::uint8_t> record =
            std::span{room}.subspan(is_stream ? 0 : 2, question.size() + (is_stream ? 2 : 0));
        const ssize_t sent = ::send(socket_.get(), record.data(), record.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(record.size())) {
            return failed(errno);
        }
        return is_stream ? read_stream(id, type) : read_datagrams(id, type);
    }
    const std::string& why() const noexcept { return why_; }

private:
    std::optional<dns::ZoneReply> failed(int error)
    {
        why_ = error == EAGAIN ? "no reply in time" : std::strerror(error);
        return std::nullopt;
    }
    std::optional<dns::ZoneReply> unfit(const char* why)
    {
        why_ = why;
        return std::nullopt;
    }

    bool is_for(const dns::ZoneReply& reply, std::uint16_t id, dns::Type type) const noexcept
    {
        return reply.header.id == id && reply.type == type && reply.zone == zone_;
    }

    /// Others than the one reply are skipped, but not for ever.
    std::optional<dns::ZoneReply> read_datagrams(std::uint16_t id, dns::Type type)
    {
        std::array<std::uint8_t, 4096> room{};
        for (int i = 0; i < 10; ++i) {
            const ssize_t size = ::recv(socket_.get(), room.data(), room.size(), 0);
            if (size < 0) {
                return failed(errno);
            }
            auto reply = dns::read_zone_reply(std::span{room}.first(static_cast<std::size_t>(size)));
            if (reply && is_for(*reply, id, type)) {
                return reply;
            }
        }
        return unfit("malformed replies");
    }

    bool read_exactly(std::span<std::uint8_t> to)
    {
        while (!to.empty()) {
            const ssize_t size = ::recv(socket_.get(), to.data(), to.size(), 0);
            if (size <= 0) {
                errno = size == 0 ? ECONNRESET : errno;
                return false;
            }
            to = to.subspan(static_cast<std::size_t>(size));
        }
        return true;
    }

    std::optional<dns::ZoneReply> read_stream(std::uint16_t id, dns::Type type)
    {
        std::array<std::uint8_t, 2> length{};
        if (!read_exactly(length)) {
            return failed(errno);
        }
        std::vector<std::uint8_t> message(base::load<std::uint16_t>(length.data()));
        if (!read_exactly(message)) {
            return failed(errno);
        }
        auto reply = dns::read_zone_reply(message);
        return reply && is_for(*reply, id, type) ? reply : unfit("a malformed reply");
    }

    const Fd& socket_;
    Transport transport_;
    const dns::Name& zone_;
    std::string why_;
};

std::string text_of(const dns::Name& name)
{
    std::string text = name.lowered().to_text();
    text.resize(text.size() > 1 ? text.size() - 1 : 1);
    return text;
}

void take(Answer& answer, const dns::ZoneReply& reply)
{
    constexpr std::uint16_t rcode = 0xF;
    answer.rcode = answer.rcode != 0 ? answer.rcode : reply.header.flags & rcode;
    answer.is_authoritative = answer.is_authoritative && (reply.header.flags & dns::flag::aa) != 0;
    answer.is_truncated = answer.is_truncated || (reply.header.flags & dns::flag::tc) != 0;
    answer.serial = reply.serial ? reply.serial : answer.serial;
    answer.name_servers.reserve(answer.name_servers.size() + reply.name_servers.size());
    for (const dns::Name& name : reply.name_servers) {
        answer.name_servers.push_back(text_of(name));
    }
}

} // namespace

Answer ask_about_zone(Transport transport, const base::Address& address, std::uint16_t port,
                      const dns::Name& zone, std::chrono::milliseconds patience)
{
    Answer answer;
    answer.transport = transport;
    answer.address = address;
    answer.port = port;
    answer.is_authoritative = true;
    const Fd socket = connect_to(transport, address, port, patience);
    if (socket.get() < 0) {
        const bool is_silent =
            errno == EINPROGRESS || errno == EAGAIN; // the time that connect(2) had is over
        answer.error = is_silent ? "no reply in time" : std::strerror(errno);
        return answer;
    }
    Conversation conversation{socket, transport, zone};
    for (const dns::Type type : {dns::Type::soa, dns::Type::ns}) {
        const auto reply = conversation.ask(type);
        if (!reply) {
            answer.error = conversation.why();
            return answer;
        }
        take(answer, *reply);
    }
    std::sort(answer.name_servers.begin(), answer.name_servers.end());
    return answer;
}

} // namespace ctl::doctor
