// Where the CNAMEs of a zone lead, one from the other.
#pragma once

#include <cstdint>
#include <vector>

#include "proto/config/config.h"
#include "proto/config/zone_index.h"

namespace config
{

/// Follows each once, so it is linear in what the index costs.
class CnameChains
{
public:
    /// CNAMEs in a chain that stays in the zone: RFC 1034 section 3.6.2 wants chains to be avoided, and
    /// resolvers give up on long ones.
    static constexpr unsigned max_length = 8;

    enum class Fate : std::uint8_t {
        fine,    ///< or an error of one further down the chain, which is told there
        missing, ///< to a name of the zone that does not exist
        loops,   ///< back to itself; told of one of each loop, the first in the file
        too_long ///< max_length + 1 from here on
    };

    CnameChains(const Config& config, ZoneIndex& index);

    /// Of a host's first CNAME; the host must be the config's. Fine where it has none.
    Fate fate(const Host& host) const noexcept;

private:
    static constexpr std::uint32_t leaves = 0xFFFFFFFF; ///< the zone, or to a name without a CNAME
    static constexpr std::uint32_t leads_nowhere = 0xFFFFFFFE;

    void link(ZoneIndex& index);
    void follow(std::uint32_t start);
    /// Marks the loop that begins and ends at `start`.
    void close_loop(std::uint32_t start);

    const Config& config_;
    std::vector<std::uint32_t> next_;  ///< by number of the host; empty where no host has a CNAME
    std::vector<std::uint8_t> length_; ///< CNAMEs from there on, or one of the marks
};

} // namespace config
