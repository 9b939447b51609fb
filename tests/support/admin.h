// A client of the control socket.
#pragma once

#include <chrono>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

#include "privsep/channel.h"
#include "proto/ipc/admin.h"
#include "tests/support/process.h"

namespace support
{

namespace admin = ipc::admin;

inline std::vector<std::uint8_t> record_of(const admin::ClientToConsole& message)
{
    std::vector<std::uint8_t> room(admin::max_request);
    room.resize(ipc::encode(message, room).size());
    return room;
}

inline dns::CompactName whole_name(const std::string& label)
{
    return dns::CompactName{*dns::Name::from_text(label + ".dyn.example.org")};
}

class Admin
{
public:
    /// Connects to a console, and does not say Hello. Throws std::runtime_error if nobody serves the socket.
    explicit Admin(const std::string& path)
    {
        privsep::UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error{"nobody serves " + path};
        }
        channel_ = privsep::Channel{std::move(fd)};
    }
    explicit Admin(privsep::UniqueFd connected) : channel_(std::move(connected)) {}

    privsep::Channel& channel() noexcept { return channel_; }
    bool send(const admin::ClientToConsole& message)
    {
        return channel_.send_record(record_of(message)) == privsep::Transfer::done;
    }
    /// The next message; none at the end of the connection, or after `patience`.
    std::optional<admin::ConsoleToClient> hear()
    {
        std::vector<std::uint8_t> room(admin::max_answer);
        const int patience_ms = static_cast<int>(std::chrono::milliseconds{patience}.count());
        pollfd wait{channel_.get(), POLLIN, 0};
        if (::poll(&wait, 1, patience_ms) != 1) {
            return std::nullopt;
        }
        channel_.heed((wait.revents & POLLHUP) != 0 ? std::uint32_t{EPOLLHUP} : 0U);
        const auto received = channel_.receive_record(room);
        is_closed_ = received.transfer == privsep::Transfer::closed;
        return received.transfer == privsep::Transfer::done
                   ? ipc::decode<admin::ConsoleToClient>(received.record)
                   : std::nullopt;
    }
    /// Reads to the end of the connection. False if that takes longer than `patience`.
    bool is_closed()
    {
        while (hear()) {}
        return is_closed_;
    }
    bool greet()
    {
        send(admin::Hello{});
        const auto answer = hear();
        return answer && std::holds_alternative<admin::Welcome>(*answer);
    }
    /// All messages of an answer, the last one is Done, Refusal or Outcome.
    std::vector<admin::ConsoleToClient> ask(const admin::ClientToConsole& request)
    {
        std::vector<admin::ConsoleToClient> all;
        send(request);
        for (auto message = hear(); message; message = hear()) {
            all.push_back(*message);
            if (std::holds_alternative<admin::Done>(*message) ||
                std::holds_alternative<admin::Refusal>(*message) ||
                std::holds_alternative<admin::Outcome>(*message)) {
                break;
            }
        }
        return all;
    }
    /// The messages of one kind in an answer.
    template <typename Message>
    std::vector<Message> ask_for(const admin::ClientToConsole& request)
    {
        std::vector<Message> result;
        for (const admin::ConsoleToClient& one : ask(request)) {
            if (const auto* message = std::get_if<Message>(&one)) {
                result.push_back(*message);
            }
        }
        return result;
    }
    /// The reason why the request is refused; empty: it is not.
    std::string refusal_of(const admin::ClientToConsole& request)
    {
        const auto refusals = ask_for<admin::Refusal>(request);
        return refusals.empty() ? "" : refusals.front().text;
    }

private:
    privsep::Channel channel_;
    bool is_closed_ = false;
};

/// Says Hello, too.
inline Admin greeted(const std::string& path)
{
    Admin client{path};
    if (!client.greet()) {
        throw std::runtime_error{"the console does not say welcome"};
    }
    return client;
}

} // namespace support
