// The channel from the keeper to a responder: the dynamic part of the zone. The responder sends nothing.
//
// A feed starts with one HostRecords for every host that was ever updated and each follower that has
// addresses, and one HostTxt for every host that has a challenge, followed by Complete. Later changes are
// sent when they are committed. Each message has the whole dynamic state of its part of the host. So several
// changes of a host can be merged if the responder is slow, and a feed can start again without a reset.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "proto/ipc/codec.h"

namespace ipc
{

/// These addresses replace all addresses of the host, also those in the config, but for keeps_a.
struct HostRecords {
    static constexpr std::uint8_t tag = 1;
    HostIndex host{};
    std::uint32_t serial = 0; ///< of the zone with this change (RFC 1982)
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    bool keeps_a = false; ///< the A records stay those of the config: the host follows another by AAAA alone
    static void fields(auto& m, auto& code)
    {
        code(m.host);
        code(m.serial);
        code(m.address4);
        code(m.address6);
        code(m.keeps_a);
    }
};

/// Values of the ACME challenge of a host: TXT records at _acme-challenge.HOST that replace all there.
struct HostTxt {
    static constexpr std::uint8_t tag = 3;
    HostIndex host{};
    std::uint32_t serial = 0;                         ///< of the zone with this change
    std::vector<std::array<std::uint8_t, 43>> values; ///< at most two, each one string of a record
    static void fields(auto& m, auto& code)
    {
        code(m.host);
        code(m.serial);
        code(m.values, 2);
    }
};

/// The whole state has been sent: the zone is complete and has this serial.
struct Complete {
    static constexpr std::uint8_t tag = 2;
    std::uint32_t serial = 0;
    static void fields(auto& m, auto& code) { code(m.serial); }
};

/// The records that the keeper sends, and a responder reads, before it does anything else. At least those of
/// one commit: a client that is told that its update is done must get all new records.
inline constexpr unsigned feed_burst = 384;

using KeeperToResponder = std::variant<HostRecords, HostTxt, Complete>;

} // namespace ipc
