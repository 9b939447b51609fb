// The messages between the supervisor and the reader. The supervisor sends the config; the reader answers
// with the endpoints and a summary; the supervisor sends the list of children, and the reader sends a setup
// for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proto/ipc/codec.h"
#include "proto/ipc/control.h"
#include "proto/ipc/exit_status.h"
#include "proto/ipc/service.h"

namespace ipc
{

/// The most endpoints of a config: 64 addresses for each service.
inline constexpr std::size_t max_endpoints = services.size() * 64;
inline constexpr std::size_t max_workers = 64;

/// One address to listen on, as configured. One message each, because a record is too small for all. The
/// control socket has neither address nor port.
struct Endpoint {
    static constexpr std::uint8_t tag = 2;
    Service service = Service::dns_udp;
    base::Address address;  ///< 0.0.0.0 or :: for all of a family
    std::uint16_t port = 0; ///< 0: any free port, the same for all addresses of a service
    bool optional = false;  ///< skip it if the kernel does not have its address family
    static void fields(auto& m, auto& code)
    {
        code(m.service);
        code(m.address);
        code(m.port);
        code(m.optional);
    }
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The longest path of a file that the config names, in bytes.
inline constexpr std::size_t max_path_bytes = 200;
/// Files that the config names: what a child of the supervisor gets a copy of.
enum class ConfiguredFile : std::uint8_t { certificate, key };
inline constexpr std::size_t configured_files = 2;

/// Sent after the endpoints of a valid config. The supervisor learns nothing more of the config: no token, no
/// digest, no host.
struct ConfigSummary {
    static constexpr std::uint8_t tag = 3;
    static constexpr std::size_t longest_record = 2048; ///< names of users and groups have up to 255 bytes
    dns::Name apex;
    std::string user; ///< empty: not configured; the same for `group`
    std::string group;
    std::uint32_t hosts = 0;
    std::uint16_t workers = 1;
    base::Seconds http_timeout{3};
    base::Seconds tcp_timeout{3};
    base::Seconds https_timeout{10};
    /// Bits of the services that are wanted: sockets for others, which a service manager passed, are idle.
    std::uint8_t services = bit(Service::dns_tcp) | bit(Service::dns_udp) | bit(Service::http);
    std::array<std::string, configured_files> files{};     ///< paths; empty: there is no [https]
    std::array<std::uint32_t, configured_files> lines{};   ///< where the paths are in the config
    std::array<std::uint32_t, configured_files> columns{}; ///< the same
    std::string control_path{};                            ///< of the control socket; empty: not configured
    std::string control_group{};                           ///< empty: not configured

    bool wants(Service service) const noexcept { return (services & bit(service)) != 0; }
    static void fields(auto& m, auto& code)
    {
        code(m.apex);
        code(m.user);
        code(m.group);
        code(m.hosts);
        code(m.workers);
        code(m.http_timeout);
        code(m.tcp_timeout);
        code(m.https_timeout);
        code(m.services);
        for (std::size_t i = 0; i < configured_files; ++i) {
            code(m.files[i]);
            code(m.lines[i]);
            code(m.columns[i]);
        }
        code(m.control_path);
        code(m.control_group);
    }
};

/// The config has errors, which the reader has logged. It is the last message.
struct ConfigHasErrors {
    static constexpr std::uint8_t tag = 4;
    static constexpr std::size_t longest_text = 800; ///< bytes; a record is not much larger
    std::string first;                               ///< the first error as text, cut to longest_text
    static void fields(auto& m, auto& code) { code(m.first); }
};

/// Has one descriptor: the setup of that child (proto/ipc/setup.h). Sent in the order of MakeSetups.
struct SetupMade {
    static constexpr std::uint8_t tag = 5;
    Role role = Role::keeper;
    std::uint16_t index = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.role);
        code(m.index);
    }
    friend bool operator==(const SetupMade&, const SetupMade&) = default;
};

/// A child that needs a setup, and how many sockets of each service it gets.
struct WantedSetup {
    static constexpr std::size_t bytes = 15; ///< in a record
    Role role = Role::keeper;
    std::uint16_t index = 0; ///< counts the children of one role from 0
    std::uint16_t dns_tcp = 0;
    std::uint16_t dns_udp = 0;
    std::uint16_t http = 0;
    std::uint16_t https = 0;
    std::uint16_t control = 0;
    std::uint16_t metrics = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.role);
        code(m.index);
        code(m.dns_tcp);
        code(m.dns_udp);
        code(m.http);
        code(m.https);
        code(m.control);
        code(m.metrics);
    }
};

/// Has one descriptor: the config, open for reading.
struct ReadConfig {
    static constexpr std::uint8_t tag = 2;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// The sockets are open: make the setups. May have a descriptor: the predecessor's state, to be imported.
struct MakeSetups {
    static constexpr std::uint8_t tag = 1;
    static constexpr std::size_t longest_record = 16 + (max_workers + 16) * WantedSetup::bytes;
    std::vector<WantedSetup> children; ///< one setup each, in this order
    bool are_shared = false;           ///< several responders read the same sockets
    std::uint16_t https_port = 0;      ///< of the sockets of HTTPS; 0: there are none
    static void fields(auto& m, auto& code)
    {
        code(m.children);
        code(m.are_shared);
        code(m.https_port);
    }
};

using SupervisorToReader = std::variant<ReadConfig, MakeSetups>;
using ReaderToSupervisor = std::variant<Ready, Endpoint, ConfigSummary, ConfigHasErrors, SetupMade>;

} // namespace ipc
