// Clients in many networks: each address of 127.0.0.0/8 is a local one.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include "tests/support/daemon.h"

namespace hostile
{

struct SocketOptions {
    int type = SOCK_DGRAM;
    int receive_buffer = 0; ///< in bytes; 0: the system's default
};

/// A socket connected to 127.0.0.1, with a receive timeout of `support::patience`.
inline privsep::UniqueFd socket_from(const std::string& from, std::uint16_t port, SocketOptions options)
{
    privsep::UniqueFd socket{::socket(AF_INET, options.type | SOCK_CLOEXEC, 0)};
    const timeval timeout{support::patience.count(), 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (options.receive_buffer != 0) {
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                     sizeof options.receive_buffer);
    }
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, from.c_str(), &own.sin_addr);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return socket;
}

inline privsep::UniqueFd udp_from(const std::string& from, const support::Daemon& daemon)
{
    return socket_from(from, daemon.udp(), {});
}

inline privsep::UniqueFd tcp_from(const std::string& from, const support::Daemon& daemon,
                                  int receive_buffer = 0)
{
    return socket_from(from, daemon.tcp(), {SOCK_STREAM, receive_buffer});
}

/// Whether the other side of a stream has neither shut down nor reset it, as far as is known now.
inline bool is_open(const privsep::UniqueFd& socket)
{
    char byte = 0;
    const ssize_t size = ::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size > 0 || (size < 0 && errno == EAGAIN);
}

/// The next DNS message of a stream; empty at its end.
inline std::string receive_message(const privsep::UniqueFd& socket)
{
    const std::string length = support::receive_exactly(socket.get(), 2);
    if (length.size() != 2) {
        return "";
    }
    const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(length[i]));
    };
    return support::receive_exactly(socket.get(), byte(0) << 8 | byte(1));
}

} // namespace hostile
