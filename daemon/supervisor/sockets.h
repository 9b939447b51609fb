// The listening sockets: bound by us or passed by a service manager, held by the supervisor for as long as
// the daemon runs, so that nothing is lost while children come and go.
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
    /// What listens at one address.
    struct Listening {
        Endpoint endpoint;
        std::vector<privsep::UniqueFd> fds; ///< none: this kernel does not have the address family
    };

    Sockets() = default;
    /// `passed`: by a service manager, and not bound by us.
    Sockets(std::vector<Listening> listening, bool passed) noexcept
        : listening_(std::move(listening)), passed_(passed)
    {
    }

    const std::vector<Listening>& listening() const noexcept { return listening_; }
    /// All descriptors of a service; valid as long as this lives.
    std::vector<int> of(Service service) const { return of(service, Place{}); }
    /// Those for one child of several. Each socket has a child that reads it, and each child has a socket of
    /// each address: if there are more children than sockets of an address, several read the same one.
    std::vector<int> of(Service service, Place place) const;
    /// Whether there are sockets of DNS that several of so many workers read.
    bool are_shared_by(std::size_t workers) const noexcept;

    /// What of `wanted` is not here, as "tcp 192.0.2.1 port 53"; nothing if all is here or if the sockets
    /// were passed to us.
    std::optional<std::string> missing(const std::vector<Endpoint>& wanted) const;
    /// Gives away all that is not `wanted`; none of what was passed.
    Sockets split_off_all_but(const std::vector<Endpoint>& wanted);
    bool were_passed() const noexcept { return passed_; }
    /// What people are told of sockets that were passed: " on udp 192.0.2.1 port 53, ...; http is not
    /// served". Empty where we have bound them, since the config says it then.
    std::string summary() const;
    bool empty() const noexcept { return listening_.empty(); }
    /// Takes back what was split off.
    void take_back(Sockets&& others);

private:
    std::vector<Listening> listening_;
    bool passed_ = false;
};

/// "tcp", "udp", "http".
const char* name(Service service) noexcept;
/// "udp 192.0.2.1 port 53".
std::string describe(const Endpoint& endpoint);

} // namespace supervisor
