// The channel from the keeper to a responder: the dynamic part of the zone. The responder sends nothing.
//
// A feed starts with one HostRecords for every host that was ever updated, followed by Complete. Later
// changes are sent when they are committed. Each HostRecords has the whole dynamic state of its host. So
// several changes of a host can be merged if the responder is slow, and a feed can start again without a
// reset.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// These addresses replace all addresses of the host, also those in the config.
struct HostRecords {
    static constexpr std::uint8_t tag = 1;
    HostIndex host{};
    std::uint32_t serial = 0; ///< of the zone with this change (RFC 1982)
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.host);
        code(m.serial);
        code(m.address4);
        code(m.address6);
    }
};

/// The whole state has been sent: the zone is complete and has this serial.
struct Complete {
    static constexpr std::uint8_t tag = 2;
    std::uint32_t serial = 0;
    static void fields(auto& m, auto& code) { code(m.serial); }
};

using KeeperToResponder = std::variant<HostRecords, Complete>;

} // namespace ipc
