#include "ctl/connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/journal.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

const char* const no_answer = "nanodnsd does not answer";
const char* const closed = "nanodnsd closed the connection before it answered";

Failure other_protocol()
{
    return {Exit::failed,
            "nanodnsd and this nanodnsctl have different protocols; install the same version of both", true};
}

/// The group of the socket, which may not be seen if its folder is closed.
std::string group_of(const std::string& path)
{
    struct stat about {
    };
    if (::stat(path.c_str(), &about) != 0) {
        return "nanodnsd-admin";
    }
    const struct group* const found = ::getgrgid(about.st_gid);
    return found != nullptr ? found->gr_name : std::to_string(about.st_gid);
}

std::string own_name()
{
    const struct passwd* const found = ::getpwuid(::geteuid());
    return found != nullptr ? found->pw_name : "USER";
}

Failure no_permission(const std::string& path)
{
    return {Exit::no_permission,
            base::filled("no permission to use {}: {}", {path, how_to_join(group_of(path))})};
}

Failure cannot_connect(const std::string& path, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return {Exit::nobody_serves,
                base::filled("no daemon listens on {}: start nanodnsd, with {}socket={} in [control] of its "
                             "configuration",
                             {path, has_systemd ? "nanodnsd-control.socket or with " : "", path})};
    case EACCES:
    case EPERM:
        return no_permission(path);
    case EPROTOTYPE:
        return {Exit::nobody_serves, path + " is a socket of another program"};
    case EAGAIN:
        return {Exit::failed, no_answer};
    default:
        return {Exit::nobody_serves, base::filled("cannot use {}: {}", {path, std::strerror(error)})};
    }
}

void set_timeout(int socket, std::chrono::milliseconds patience)
{
    struct timeval time {
    };
    time.tv_sec = static_cast<decltype(time.tv_sec)>(patience.count() / 1000);
    time.tv_usec = static_cast<decltype(time.tv_usec)>(patience.count() % 1000 * 1000);
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time); // connect(2), too
}

bool is_closed_by(int error)
{
    return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

} // namespace

std::variant<Connection, Failure> Connection::open(const std::string& path,
                                                   std::chrono::milliseconds patience)
{
    struct sockaddr_un address {
    };
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Failure{Exit::usage, base::filled("found a path of {} bytes, expected 1 to {}: {}",
                                                 {path.size(), sizeof address.sun_path - 1, path})};
    }
    path.copy(address.sun_path, path.size());
    Connection connection{Fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)}};
    connection.set_patience(patience);
    if (::connect(connection.socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        return cannot_connect(path, errno);
    }
    if (auto failure = connection.greet()) {
        return *std::move(failure);
    }
    return connection;
}

std::optional<Failure> Connection::greet()
{
    if (auto failure = send(admin::Hello{admin::protocol_version, ::geteuid()})) {
        return failure;
    }
    Received received = receive();
    if (!received.message) {
        return received.failure;
    }
    if (const auto* refusal = std::get_if<admin::Refusal>(&*received.message)) {
        return failure_of(*refusal);
    }
    const auto* const welcome = std::get_if<admin::Welcome>(&*received.message);
    if (welcome == nullptr) {
        return other_protocol();
    }
    version_ = welcome->version;
    names_ = Names{welcome->zone};
    return std::nullopt;
}

void Connection::set_patience(std::chrono::milliseconds patience) const
{
    set_timeout(socket_.get(), patience);
}

std::optional<Failure> Connection::send(const admin::ClientToConsole& request) const
{
    std::array<std::uint8_t, admin::max_request> room{};
    const base::Bytes record = ipc::encode(request, room);
    // A console that has refused and closed may still have something to say: receive() reads it.
    if (::send(socket_.get(), record.data(), record.size(), MSG_NOSIGNAL) < 0 && !is_closed_by(errno)) {
        return Failure{Exit::failed, no_answer};
    }
    return std::nullopt;
}

Received Connection::receive()
{
    ssize_t size = 0;
    do {
        size = ::recv(socket_.get(), room_.data(), room_.size(), MSG_TRUNC);
    } while (size < 0 && errno == EINTR);
    if (size == 0 || (size < 0 && is_closed_by(errno))) {
        return {std::nullopt, {Exit::failed, closed}};
    }
    if (size < 0) {
        return {std::nullopt, {Exit::failed, no_answer}};
    }
    if (static_cast<std::size_t>(size) > room_.size()) {
        return {std::nullopt, other_protocol()};
    }
    auto message = ipc::decode<admin::ConsoleToClient>({room_.data(), static_cast<std::size_t>(size)});
    if (!message) {
        return {std::nullopt, other_protocol()};
    }
    return {std::move(message)};
}

std::variant<admin::Done, admin::Refusal, Failure> Connection::ask(const admin::ClientToConsole& request,
                                                                   const Row& row)
{
    if (auto failure = send(request)) {
        return *std::move(failure);
    }
    for (;;) {
        Received received = receive();
        if (!received.message) {
            return std::move(received.failure);
        }
        if (const auto* done = std::get_if<admin::Done>(&*received.message)) {
            return *done;
        }
        if (const auto* refusal = std::get_if<admin::Refusal>(&*received.message)) {
            return *refusal;
        }
        row(*received.message);
        if (std::holds_alternative<admin::Outcome>(*received.message)) {
            return admin::Done{}; // it is the whole answer
        }
    }
}

std::string how_to_join(const std::string& group)
{
    return base::filled("join the group {} (as root: usermod -aG {} {}), and log in again",
                        {group, group, own_name()});
}

bool is_silence(const Failure& failure)
{
    return failure.text == no_answer;
}

bool is_closing(const Failure& failure)
{
    return failure.text == closed;
}

Failure failure_of(const admin::Refusal& refusal)
{
    const bool is_missing = refusal.reason == admin::Refused::no_such_host;
    return {is_missing ? Exit::no_such_host : Exit::failed,
            base::escape(refusal.text, admin::Refusal::max_text),
            refusal.reason == admin::Refused::other_version};
}

} // namespace ctl
