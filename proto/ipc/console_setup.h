// The setup of the console: what it shows of the config, and no secret. It is read again for each answer, so
// it stays mapped: a sealed memfd is not private memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/ipc/setup.h"

namespace ipc
{

/// Its first record; ConfiguredHost records follow, in the order of HostIndex. Its descriptors:
/// `control_sockets`, `metrics_sockets`, and the channel to the keeper.
struct ConsoleSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::uint16_t control_sockets = 0;
    std::uint16_t metrics_sockets = 0;
    std::uint32_t hosts = 0; ///< number of ConfiguredHost records
    dns::CompactName apex;
    dns::CompactName name_server; ///< the first one of the zone
    std::string config_path;
    base::UnixTime config_read{};
    base::UnixTime up_since{}; ///< the daemon's start
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.control_sockets);
        code(m.metrics_sockets);
        code(m.hosts);
        code(m.apex);
        code(m.name_server);
        code(m.config_path);
        code(m.config_read);
        code(m.up_since);
    }
};

enum class ConfiguredKind : std::uint8_t {
    dynamic = 1,
    fixed = 2, ///< "static"
    follower = 3,
    alias = 4,
    delegated = 5,
};
constexpr bool valid(ConfiguredKind kind)
{
    return kind >= ConfiguredKind::dynamic && kind <= ConfiguredKind::delegated;
}

struct ConfiguredHost {
    static constexpr std::uint8_t tag = 2;
    dns::CompactName name; ///< the first field: a search reads no other one
    ConfiguredKind kind = ConfiguredKind::dynamic;
    std::uint32_t ttl = 0;
    std::vector<base::Address4> a;
    std::vector<base::Address6> aaaa;
    std::optional<dns::CompactName> follows;
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.kind);
        code(m.ttl);
        code(m.a);
        code(m.aaaa);
        code(m.follows);
    }
};
using ConsolePart = std::variant<ConsoleSetup, ConfiguredHost>;

} // namespace ipc
