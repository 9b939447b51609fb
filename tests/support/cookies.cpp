#include "tests/support/cookies.h"

#include <stdexcept>

namespace support
{

namespace
{

const std::string client_part = "8 octets";

/// The reply to a query for a host of sample_hosts() with this cookie option (RFC 7873 section 4).
std::string ask(const Daemon& daemon, const std::string& cookie)
{
    const std::string header{"\0\1\0\0\0\1\0\0\0\0\0\1", 12};
    const std::string question{"\7printer\3dyn\7example\3org\0\0\1\0\1", 29};
    const auto size = static_cast<char>(cookie.size());
    const std::string opt = std::string{"\0\0\x29\x04\xd0\0\0\0\0\0", 10} + static_cast<char>(4 + size) +
                            std::string{"\0\x0a\0", 3} + size + cookie;
    const auto client = connect_udp(daemon.udp());
    send_all(client.get(), header + question + opt);
    const auto reply = receive(client.get());
    if (!reply || reply->size() < header.size()) {
        throw std::runtime_error{"no reply to a query with a cookie"};
    }
    return *reply;
}

} // namespace

std::string learn_cookie(const Daemon& daemon)
{
    constexpr std::size_t whole = 24;
    const std::string reply = ask(daemon, client_part);
    return reply.substr(reply.rfind(client_part), whole); // throws if there is none
}

bool accepts_cookie(const Daemon& daemon, const std::string& cookie)
{
    constexpr std::size_t answers = 7; // the low byte of the count
    return ask(daemon, cookie).at(answers) == 1;
}

} // namespace support
