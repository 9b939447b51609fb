// The listening sockets: bound by us or passed by a service manager, held by the supervisor for as long as
// the daemon runs, so that nothing is lost while children come and go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/supervisor/roles.h"
#include "daemon/supervisor/service_manager.h"
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
    /// Binds `wanted`: for each address of DNS as many sockets as there are workers, among which the kernel
    /// chooses by the client's network (steering.h). Ends the process with one sentence that says what to do
    /// where it cannot.
    static Sockets bind(const std::vector<Endpoint>& wanted, std::size_t workers);
    /// Takes what was passed, told apart as passed_sockets.h says; what fits nothing is passed over with a
    /// warning in the log, as is a service for which nothing was passed. Ends the process where DNS has none.
    static Sockets adopt(std::vector<PassedSocket> passed);

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

    /// Prints `tcp N`, `udp N` and `http N` on stderr for each service with port 0.
    void print_free_ports() const;

private:
    struct Listening {
        Endpoint endpoint;
        std::vector<privsep::UniqueFd> fds; ///< none: its family is not in this kernel
    };

    /// All of `wanted` on one port; or how far it got, and the error that stopped it.
    int try_to_bind(const std::vector<Endpoint>& wanted, std::size_t sockets_each);
    void bind_service(const std::vector<Endpoint>& wanted, std::size_t sockets_each);
    void steer() const;
    void say_what_is_absent() const;

    std::vector<Listening> listening_;
    std::vector<base::Address> absent_; ///< bound, though this machine does not have them yet
    bool passed_ = false;
};

} // namespace supervisor
