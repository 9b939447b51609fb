// The edge between the supervisor and the reader of the config. The supervisor sends the config; the reader
// says what it wants; the supervisor says which children there are, and the reader sends a setup for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proto/base/siphash.h"
#include "proto/ipc/codec.h"
#include "proto/ipc/control.h"

namespace ipc
{

enum class Service : std::uint8_t { dns_tcp = 1, dns_udp = 2, http = 3 };
constexpr bool valid(Service service)
{
    return service >= Service::dns_tcp && service <= Service::http;
}

inline constexpr auto services = std::to_array({Service::dns_tcp, Service::dns_udp, Service::http});

/// What a config may want at most: 64 addresses of each service.
inline constexpr std::size_t max_endpoints = services.size() * 64;
inline constexpr std::size_t max_workers = 64;

/// One address to listen on, as configured. One message each, since a record has no room for all.
struct Endpoint {
    static constexpr std::uint8_t tag = 2;
    Service service = Service::dns_udp;
    base::Address address;  ///< 0.0.0.0 or :: for all of a family
    std::uint16_t port = 0; ///< 0: any that is free, the same for all addresses of a service
    bool optional = false;  ///< for all addresses: a family that the kernel does not have is passed over
    static void fields(auto& m, auto& code)
    {
        code(m.service);
        code(m.address);
        code(m.port);
        code(m.optional);
    }
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The config is valid, and its endpoints were sent before. This is all that the supervisor keeps of it: no
/// token, no digest, no host.
struct ConfigSummary {
    static constexpr std::uint8_t tag = 3;
    dns::Name apex;
    std::string user; ///< empty: not given, as below
    std::string group;
    std::uint32_t hosts = 0;
    std::uint16_t workers = 1;
    base::Seconds http_timeout{3};
    base::Seconds tcp_timeout{3};
    static void fields(auto& m, auto& code)
    {
        code(m.apex);
        code(m.user);
        code(m.group);
        code(m.hosts);
        code(m.workers);
        code(m.http_timeout);
        code(m.tcp_timeout);
    }
};

/// The config has errors, which the reader has logged or printed. Nothing more is sent.
struct ConfigHasErrors {
    static constexpr std::uint8_t tag = 4;
    static constexpr std::size_t longest_text = 800; ///< a record has no room for much more
    std::string first;                               ///< the first one as people read it, cut at that
    static void fields(auto& m, auto& code) { code(m.first); }
};

/// Comes with one descriptor: the setup of that child (proto/ipc/setup.h). They come in the order of
/// MakeSetups.
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

/// A child that is to have a setup, and how many sockets of each service it gets.
struct WantedSetup {
    Role role = Role::keeper;
    std::uint16_t index = 0; ///< counts the children of one role from 0
    std::uint16_t dns_tcp = 0;
    std::uint16_t dns_udp = 0;
    std::uint16_t http = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.role);
        code(m.index);
        code(m.dns_tcp);
        code(m.dns_udp);
        code(m.http);
    }
};

/// Comes with one descriptor: the config, open for reading.
struct ReadConfig {
    static constexpr std::uint8_t tag = 2;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// The sockets are open: make the setups. May come with a descriptor: the predecessor's state, to be
/// imported.
struct MakeSetups {
    static constexpr std::uint8_t tag = 1;
    std::vector<WantedSetup> children; ///< one setup each, in this order
    bool are_shared = false;           ///< several responders read the same sockets
    base::SipKey cookie_secret{};      ///< used if the config has none
    static void fields(auto& m, auto& code)
    {
        code(m.children);
        code(m.are_shared);
        code(m.cookie_secret);
    }
};

using SupervisorToReader = std::variant<ReadConfig, MakeSetups>;
using ReaderToSupervisor = std::variant<Ready, Endpoint, ConfigSummary, ConfigHasErrors, SetupMade>;

/// How a reader ends that was started to check a config alone, where that has an error. LSB's word for it.
inline constexpr int exit_config_errors = 6;

} // namespace ipc
