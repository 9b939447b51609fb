#include "daemon/start/trial_client.h"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <vector>

#include "privsep/unique_fd.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;
using namespace std::string_view_literals;

constexpr auto update = "GET /api/update?hostname=home.trial.test&token=0123456789abcdef0123456789abcdef"
                        "&ipv4=192.0.2.1 HTTP/1.1\r\nHost: home.trial.test\r\nConnection: close\r\n\r\n"sv;
static_assert(update.find(trial_zone) != update.npos && update.find(trial_token) != update.npos);
constexpr auto request_for_metrics = "GET /metrics HTTP/1.1\r\nHost: home.trial.test\r\n\r\n"sv;
constexpr auto success = "HTTP/1.1 200 "sv;

/// A of home.trial.test, without EDNS, as it is sent over TCP: RFC 1035 section 4.
constexpr auto query = "\0\x21\0\1\0\0\0\1\0\0\0\0\0\0\4home\5trial\4test\0\0\1\0\1"sv;
constexpr std::size_t length_field = 2;
static_assert(query.size() == length_field + 0x21);
/// The reported address, 192.0.2.1.
constexpr auto address_in_answer = "\xC0\0\2\1"sv;

/// A ClientHello in a record: RFC 8446 section 4.1.2. For TLS 1.3 with AES-128-GCM, X25519 and Ed25519. The
/// public key is 9, the base point.
constexpr auto client_hello = "\x16\3\1\0\x70\1\0\0\x6C\3\3"
                              "................................" // random
                              "\0\0\2\x13\1\1\0\0\x41"
                              "\0\x2B\0\3\2\3\4"
                              "\0\x0A\0\4\0\2\0\x1D"
                              "\0\x0D\0\4\0\2\x08\7"
                              "\0\x33\0\x26\0\x24\0\x1D\0\x20\x09"
                              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
static_assert(client_hello.size() == 5 + 0x70);
/// With the trial's certificate the server answers 503 bytes, or 375 if it has no signature.
constexpr std::size_t signed_answer = 440;

struct Place {
    sockaddr_storage address{};
    socklen_t size = 0;
};

Place place(bool is_ipv6, std::uint16_t port) noexcept
{
    Place result;
    if (is_ipv6) {
        auto& to = reinterpret_cast<sockaddr_in6&>(result.address);
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        to.sin6_addr = in6addr_loopback;
        result.size = sizeof to;
    } else {
        auto& to = reinterpret_cast<sockaddr_in&>(result.address);
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        result.size = sizeof to;
    }
    return result;
}

UniqueFd open_socket(const Place& at, int type) noexcept
{
    return UniqueFd{::socket(at.address.ss_family, type | SOCK_CLOEXEC, 0)};
}

/// Connecting a datagram socket only looks up a route and sends nothing.
bool is_usable(bool is_ipv6) noexcept
{
    const Place here = place(is_ipv6, 0);
    const Place there = place(is_ipv6, 9);
    const UniqueFd socket = open_socket(here, SOCK_DGRAM);
    return socket && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here.address), here.size) == 0 &&
           ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there.address), there.size) == 0;
}

/// Sends `question` and returns the answer: one datagram, or a stream up to its end.
std::string ask(int type, std::uint16_t port, std::string_view question)
{
    const Place there = place(!is_usable(false), port);
    const UniqueFd socket = open_socket(there, type);
    const timeval patience{10, 0};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) { // SO_SNDTIMEO applies to connect(2) too
        ::setsockopt(socket.get(), SOL_SOCKET, option, &patience, sizeof patience);
    }
    std::string answer;
    const auto* address = reinterpret_cast<const sockaddr*>(&there.address);
    if (::connect(socket.get(), address, there.size) != 0 ||
        ::send(socket.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) {
        return answer;
    }
    if (type == SOCK_STREAM) {
        ::shutdown(socket.get(), SHUT_WR); // no more requests follow
    }
    std::array<char, 2048> room{};
    ssize_t size = 0;
    do {
        size = ::recv(socket.get(), room.data(), room.size(), 0);
        answer.append(room.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    } while (size > 0 && type == SOCK_STREAM);
    return answer;
}

} // namespace

std::optional<std::string> trial_address()
{
    if (is_usable(false)) {
        return "127.0.0.1";
    }
    return is_usable(true) ? std::optional<std::string>{"::1"} : std::nullopt;
}

std::string ask_in_trial(const TrialPorts& ports)
{
    struct Question {
        int type;
        std::uint16_t port;
        std::string_view text;
        std::string_view wanted; ///< a part of the answer
        const char* failure;
    };
    std::vector<Question> questions{
        {SOCK_STREAM, ports.http, update, success, "an update over HTTP is not accepted"},
        {SOCK_DGRAM, ports.udp, query.substr(length_field), address_in_answer,
         "a query over UDP is not answered"},
        {SOCK_STREAM, ports.tcp, query, address_in_answer, "a query over TCP is not answered"},
    };
    if (ports.metrics != 0) { // there are none without /proc
        questions.push_back({SOCK_STREAM, ports.metrics, request_for_metrics, success,
                             "a request for the metrics is not answered"});
    }
    for (const Question& one : questions) {
        if (ask(one.type, one.port, one.text).find(one.wanted) == std::string::npos) {
            return one.failure;
        }
    }
    return "";
}

bool has_signed_answer(std::uint16_t https)
{
    return ask(SOCK_STREAM, https, client_hello).size() >= signed_answer;
}

} // namespace supervisor
