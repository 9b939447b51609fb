// The edge between the keeper and a responder: the dynamic part of the zone. The responder says nothing.
//
// A feed begins with one HostRecords for every host that was ever updated, then Complete. Later changes
// come as they are committed. Each HostRecords is the whole dynamic state of its host, so changes to one
// host coalesce while a reader is slow, and a feed that begins again needs no reset.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// From now on the host has these addresses and no other, its configured ones included.
struct HostRecords {
    static constexpr std::uint8_t tag = 1;
    HostIndex host{};
    std::uint32_t serial = 0; ///< of the zone that has this change (RFC 1982)
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

/// All that is known has been sent: the zone is whole and has this serial.
struct Complete {
    static constexpr std::uint8_t tag = 2;
    std::uint32_t serial = 0;
    static void fields(auto& m, auto& code) { code(m.serial); }
};

using KeeperToResponder = std::variant<HostRecords, Complete>;

} // namespace ipc
