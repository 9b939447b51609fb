// The daemon does not link libsystemd: it reads the variables of a service manager itself, and makes the
// datagrams for it itself. Here the real library gets the same environment and must say the same.
#pragma once

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "privsep/copy.h"
#include "privsep/fail.h"
#include "privsep/unique_fd.h"
#include "tests/support/process.h"

namespace oracle
{

/// A value "self" becomes the id of the process that gets the environment.
using Environment = std::map<std::string, std::string>;

inline constexpr int first_passed = 3;
inline constexpr int most_passed = 500; // fewer than the 1024 descriptors that a process may have open

/// In a forked copy of this process: `environment` is all that there is, and /dev/null is open as descriptors
/// 3 to 2 + `passed`. Returns what `look` returns there, "error" if it calls privsep::fail() instead.
inline std::string seen_in(const Environment& environment, int passed,
                           const std::function<std::string()>& look)
{
    const privsep::Copied copied = privsep::done_in_copy([&](int file) {
        const int result = ::fcntl(file, F_DUPFD, first_passed + most_passed);
        const int null = ::fcntl(::open("/dev/null", O_RDWR), F_DUPFD, first_passed + most_passed);
        privsep::write_failure_to(result);
        ::close_range(first_passed, first_passed + most_passed - 1, 0);
        for (int fd = first_passed; fd < first_passed + passed; ++fd) {
            ::dup2(null, fd);
        }
        ::clearenv();
        for (const auto& [name, value] : environment) {
            ::setenv(name.c_str(), value == "self" ? std::to_string(::getpid()).c_str() : value.c_str(), 1);
        }
        const std::string text = look();
        privsep::require(::write(result, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
                         "write");
    });
    if (!copied.failure.empty()) {
        return "error";
    }
    std::string text(1U << 16U, '\0');
    const ssize_t size = ::pread(copied.file.get(), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

struct Datagram {
    std::string bytes;
    pid_t sender = 0; ///< as the kernel says
    bool has_descriptors = false;
    friend bool operator==(const Datagram&, const Datagram&) = default;
};

/// A service manager's end of NOTIFY_SOCKET.
class Manager
{
public:
    /// `name` as in NOTIFY_SOCKET: "@..." is in the abstract namespace; else it is below a new folder.
    explicit Manager(const std::string& name) : name_(name[0] == '@' ? name : folder_ / name)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name_.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path);
        if (name_[0] == '@') {
            address.sun_path[0] = '\0';
        }
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0) << name_;
        if (name_[0] != '@') {
            ::chmod(name_.c_str(), 0777);
        }
        const timeval timeout{support::patience.count(), 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    }
    const std::string& name() const noexcept { return name_; }

    /// The next datagram; empty if none comes.
    Datagram hear() const
    {
        Datagram heard{std::string(4096, '\0')};
        iovec room{heard.bytes.data(), heard.bytes.size()};
        alignas(cmsghdr) std::array<char, 256> control{};
        msghdr message{};
        message.msg_iov = &room;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
        heard.bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); size > 0 && part != nullptr;
             part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_type == SCM_CREDENTIALS) {
                heard.sender = reinterpret_cast<const ucred*>(CMSG_DATA(part))->pid;
            }
            heard.has_descriptors = heard.has_descriptors || part->cmsg_type == SCM_RIGHTS;
        }
        return heard;
    }
    /// The same, without those for the watchdog.
    Datagram hear_other() const
    {
        Datagram heard = hear();
        while (heard.bytes == "WATCHDOG=1") {
            heard = hear();
        }
        return heard;
    }
    /// Whether something is there to be heard now.
    bool has_heard() const
    {
        char byte = 0;
        return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0;
    }

private:
    support::Folder folder_;
    std::string name_;
    privsep::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

} // namespace oracle
