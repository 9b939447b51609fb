// The listening sockets, bound by the daemon or passed by a service manager. The supervisor keeps them open
// as long as the daemon runs, so that no packet or connection is lost when children restart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/supervisor/roles.h"
#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/ipc/config.h"

namespace supervisor
{

using ipc::Endpoint;
using ipc::Service;

class Sockets
{
public:
    /// The sockets of one address.
    struct Listening {
        Endpoint endpoint;
        std::vector<privsep::UniqueFd> fds; ///< none: this kernel does not have the address family
        std::uint16_t port = 0;             ///< that is bound; 0: a Unix socket
    };

    Sockets() = default;
    /// `passed`: a service manager passed them; otherwise the daemon bound them.
    Sockets(std::vector<Listening> listening, bool passed) noexcept
        : listening_(std::move(listening)), passed_(passed)
    {
    }

    const std::vector<Listening>& listening() const noexcept { return listening_; }
    /// All descriptors of a service; valid as long as this lives.
    std::vector<int> of(Service service) const { return of(service, Place{}); }
    /// The descriptors for one of several children. Each socket has a child that reads it, and each child has
    /// a socket of each address: if there are more children than sockets of an address, several children read
    /// the same one.
    std::vector<int> of(Service service, Place place) const;
    /// The port of the first one; 0: there is none.
    std::uint16_t port(Service service) const noexcept;
    /// Whether several of so many workers read the same DNS socket.
    bool are_shared_by(std::size_t workers) const noexcept;

    /// The first of `wanted` that has no socket, as "tcp 192.0.2.1 port 53"; nullopt if there is none or if
    /// the sockets were passed.
    std::optional<std::string> missing(const std::vector<Endpoint>& wanted) const;
    /// Removes and returns the sockets that are not `wanted`; none if they were passed.
    Sockets split_off_all_but(const std::vector<Endpoint>& wanted);
    bool were_passed() const noexcept { return passed_; }
    /// Describes passed sockets that `config` wants, for the log: " on udp 192.0.2.1 port 53, ...; http is
    /// not served". Empty if the daemon bound them, since the config names them then.
    std::string summary(const ipc::ConfigSummary& config = {}) const;
    /// Adds the sockets that split_off_all_but() returned.
    void take_back(Sockets&& others);

private:
    /// Appends the addresses of the service.
    void append_open(Service service, std::string& text) const;

    std::vector<Listening> listening_;
    bool passed_ = false;
};

/// "tcp", "udp", "http", "https", "control", "metrics".
const char* name(Service service) noexcept;
/// "udp 192.0.2.1 port 53"; "the control socket".
std::string describe(const Endpoint& endpoint);

} // namespace supervisor
