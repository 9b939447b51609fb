#include "daemon/start/control_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "privsep/copy.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

constexpr int backlog = 64;

UniqueFd make_socket()
{
    UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    privsep::require(static_cast<bool>(socket), "socket");
    return socket;
}

/// The config allows only paths that fit.
sockaddr_un address_of_path(const std::string& path) noexcept
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

template <int (*Call)(int, const sockaddr*, socklen_t)>
int with_address(const UniqueFd& socket, const std::string& path) noexcept
{
    const sockaddr_un address = address_of_path(path);
    return Call(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Looks it up in a copy of the process, since the name service (NSS) loads libraries. nullopt: there is no
/// such group.
std::optional<gid_t> find_group(const std::string& name)
{
    const privsep::Copied answer = privsep::done_in_copy([&](int file) {
        if (const group* const found = ::getgrnam(name.c_str())) {
            privsep::require(::write(file, &found->gr_gid, sizeof(gid_t)) == ssize_t{sizeof(gid_t)},
                             "writing the group");
        }
    });
    gid_t gid = 0;
    if (!answer.failure.empty() || ::pread(answer.file.get(), &gid, sizeof gid, 0) != ssize_t{sizeof gid}) {
        return std::nullopt;
    }
    return gid;
}

/// "nanodnsd (pid 812)", who listens on a socket that answers.
std::string name_of_server(const UniqueFd& connected)
{
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(connected.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.pid <= 0) {
        return "a process that cannot be seen from here";
    }
    const UniqueFd file{::open(base::filled("/proc/{}/comm", {who.pid}).c_str(), O_RDONLY | O_CLOEXEC)};
    std::array<char, 32> name{};
    const ssize_t length = file ? ::read(file.get(), name.data(), name.size()) : 0;
    const std::string_view text{name.data(), static_cast<std::size_t>(length > 1 ? length - 1 : 0)};
    return base::filled("{} (pid {})", {text.empty() ? "a process" : base::escape(text), who.pid});
}

/// Of a process that does not run any more.
void remove_socket(const std::string& path)
{
    if (::unlink(path.c_str()) != 0) {
        privsep::fail("cannot listen on {}: nobody serves the socket there, and it cannot be removed ({}); "
                      "remove it, or set another socket= in [control]",
                      {path, std::strerror(errno)});
    }
}

/// Removes a socket that nobody serves.
void make_room(const std::string& path)
{
    struct stat about {
    };
    if (::lstat(path.c_str(), &about) != 0) {
        return; // there is none; bind(2) finds any other reason
    }
    if (!S_ISSOCK(about.st_mode)) {
        privsep::fail("cannot listen on {}: it exists and is not a socket; remove it, or set another socket= "
                      "in [control]",
                      {path});
    }
    const UniqueFd probe = make_socket();
    const bool is_connected = with_address<::connect>(probe, path) == 0;
    if (is_connected) {
        privsep::fail("cannot listen on {}: {} serves it; stop that process, or set another socket= in "
                      "[control]",
                      {path, name_of_server(probe)});
    }
    if (errno == ECONNREFUSED) {
        remove_socket(path);
        return;
    }
    if (errno == EACCES) { // it may be ours, or that of another program
        privsep::fail(
            "cannot listen on {}: no permission to see whether the socket there is served; remove it "
            "if it is not, or set another socket= in [control]",
            {path});
    }
    if (errno == EAGAIN) {
        privsep::fail("cannot listen on {}: a process serves it that accepts no more connections now; stop "
                      "that process, or set another socket= in [control]",
                      {path});
    }
    privsep::fail("cannot listen on {}: a socket of another program is there ({}); remove it, or set another "
                  "socket= in [control]",
                  {path, std::strerror(errno)});
}

/// Only root, or a member of the group, may give the socket to it.
void give_to(const std::string& path, const std::string& group, gid_t own_group)
{
    const bool is_configured = !group.empty();
    const std::string name = is_configured ? group : group_of_administrators;
    const std::optional<gid_t> found = find_group(name);
    if (is_configured && !found) {
        privsep::fail("there is no group {}: add it, or set another group= in [control]", {name});
    }
    constexpr auto unchanged = static_cast<uid_t>(-1);
    if (::lchown(path.c_str(), unchanged, found.value_or(own_group)) == 0) {
        return;
    }
    const char* const why = std::strerror(errno);
    if (is_configured) {
        privsep::fail("cannot give {} to the group {}: {}", {path, name, why});
    }
    if (found) {
        privsep::log(privsep::Level::warning,
                     "cannot give {} to the group {}: {}, so its members cannot use it; add the daemon's "
                     "user to the group, or set group= in [control]",
                     {path, name, why});
    }
}

/// Makes the folder of the socket, but none above it. If that fails, so does bind(2), and says why.
void make_folder(const std::string& path)
{
    const mode_t before = ::umask(S_IWGRP | S_IWOTH);
    ::mkdir(path.substr(0, path.rfind('/')).c_str(), S_IRWXU | S_IRWXG | S_IRWXO);
    ::umask(before);
}

} // namespace

Sockets bind_control_socket(const Endpoint& endpoint, const ipc::ConfigSummary& config, gid_t own_group)
{
    const std::string& path = config.control_path;
    make_folder(path);
    make_room(path);
    UniqueFd socket = make_socket();
    constexpr mode_t for_others = S_IXUSR | S_IXGRP | S_IRWXO;
    const mode_t before = ::umask(for_others); // so the socket has mode 0660 from its first moment
    const int result = with_address<::bind>(socket, path);
    const int error = errno;
    ::umask(before);
    if (result != 0) {
        privsep::fail("cannot listen on {}: {}{}",
                      {path, std::strerror(error),
                       error == ENOENT ? ": create its folder, or set another socket= in [control]" : ""});
    }
    give_to(path, config.control_group, own_group);
    privsep::require(::listen(socket.get(), backlog) == 0, "listening on the control socket");
    std::vector<Sockets::Listening> listening;
    listening.push_back({endpoint, {}});
    listening.back().fds.push_back(std::move(socket));
    return {std::move(listening), false};
}

} // namespace supervisor
