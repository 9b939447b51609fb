// A service manager for tests.
#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "tests/support/daemon.h"

namespace support
{

/// Where a service manager listens.
class Manager
{
public:
    Manager()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = folder_ / "notify";
        std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::chmod(path.c_str(), 0777);
        const timeval timeout{patience.count(), 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    }
    std::string variable() const { return "NOTIFY_SOCKET=" + (folder_ / "notify"); }
    std::string hear() const { return receive(socket_.get()).value_or(""); }
    /// The next message, without those for the watchdog.
    std::string hear_other() const
    {
        std::string message = hear();
        while (message == "WATCHDOG=1") {
            message = hear();
        }
        return message;
    }
    bool heard_within(suseconds_t milliseconds) const
    {
        const timeval timeout{milliseconds / 1000, milliseconds % 1000 * 1000};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        return !hear().empty();
    }

private:
    Folder folder_;
    privsep::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

} // namespace support
