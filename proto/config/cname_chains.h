// Chains of CNAMEs within the zone.
#pragma once

#include <cstdint>
#include <vector>

#include "proto/config/config.h"
#include "proto/config/zone_index.h"

namespace config
{

/// Follows each CNAME once: one lookup in the index per CNAME.
class CnameChains
{
public:
    /// The most CNAMEs in a chain within the zone. RFC 1034 section 3.6.2 advises against chains, and
    /// resolvers give up on long ones.
    static constexpr unsigned max_length = 8;

    enum class Status : std::uint8_t {
        ok,       ///< or the error is reported at another CNAME of the chain
        dangling, ///< the target is in the zone and does not exist
        loop,     ///< reported once for each loop, at its first CNAME in the file
        too_long  ///< exactly max_length + 1 CNAMEs start here
    };

    CnameChains(const Config& config, ZoneIndex& index);

    /// For the first CNAME of a host of the config; `ok` if it has none.
    Status status(const Host& host) const noexcept;

private:
    static constexpr std::uint32_t chain_end = 0xFFFFFFFF; ///< outside of the zone, or without a CNAME
    static constexpr std::uint32_t no_target = 0xFFFFFFFE; ///< does not exist

    void link(ZoneIndex& index);
    void follow(std::uint32_t start);
    void mark_loop(std::uint32_t start);

    const Config& config_;
    std::vector<std::uint32_t> next_;  ///< the target, by index of the host; empty if no host has a CNAME
    std::vector<std::uint8_t> length_; ///< the CNAMEs from this host on, or a mark
};

} // namespace config
