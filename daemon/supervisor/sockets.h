// The listening sockets: bound by us or passed by a service manager, held by the supervisor for as long as
// the daemon runs, so that nothing is lost while children come and go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/supervisor/service_manager.h"
#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/config/config.h"

namespace supervisor
{

enum class Service : std::uint8_t { dns_tcp = 1, dns_udp = 2, http = 3 };

/// "tcp", "udp" or "http": how the port lines name them.
const char* name(Service service) noexcept;

/// One address to listen on, as configured.
struct Endpoint {
    Service service = Service::dns_udp;
    base::Address address;  ///< 0.0.0.0 or :: for all of a family
    std::uint16_t port = 0; ///< 0: any that is free, the same for all addresses of a service
    bool optional = false;  ///< for all addresses: a family that the kernel does not have is passed over
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// In the order tcp, udp, http.
std::vector<Endpoint> endpoints(const config::Config& config);

class Sockets
{
public:
    /// Binds what the config wants. Throws std::runtime_error with one sentence that says what to do.
    static Sockets bind(const config::Config& config);
    /// Takes what was passed, told apart by name, type and address; what fits nothing is passed over with a
    /// warning in the log, as is a service for which nothing was passed.
    static Sockets adopt(std::vector<PassedSocket> passed);

    /// Descriptors to hand to a child; valid as long as this lives.
    std::vector<int> of(Service service) const;

    /// What `config` wants and is not here, as "tcp 192.0.2.1 port 53"; nothing if all is here or if the
    /// sockets were passed to us.
    std::optional<std::string> missing(const config::Config& config) const;
    /// Closes what `config` does not want any more.
    void keep_only(const config::Config& config);

    /// Prints `tcp N`, `udp N` and `http N` on stderr for each service with port 0.
    void print_free_ports() const;

private:
    struct Listening {
        Endpoint endpoint;
        privsep::UniqueFd fd; ///< none: its family is not in this kernel
    };

    struct Attempt {
        std::vector<Listening> bound;
        int error = 0;
    };

    static Attempt try_to_bind(const std::vector<Endpoint>& wanted);
    void bind_service(const std::vector<Endpoint>& wanted);

    std::vector<Listening> listening_;
    bool passed_ = false;
};

} // namespace supervisor
