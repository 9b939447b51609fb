// One row more than roles.h has: three probes, of which each has a channel to the two others.
#pragma once

#include "daemon/supervisor/roles.h"

namespace probe
{

inline constexpr ipc::Role id{100};
inline constexpr const char* name = "probe";

/// The rows of the daemon and this one.
inline constexpr auto rows = [] {
    std::array<supervisor::Role, supervisor::role_rows.size() + 1> result{};
    std::copy(supervisor::role_rows.begin(), supervisor::role_rows.end(), result.begin());
    result.back() = {.id = id,
                     .name = name,
                     .filter = updater::syscalls, // more than a probe needs
                     .count = supervisor::Count::one_per_worker,
                     .has_statistics = true,
                     .stop_order = 4};
    return result;
}();

inline constexpr auto edges = [] {
    std::array<supervisor::Edge, supervisor::edge_rows.size() + 1> result{};
    std::copy(supervisor::edge_rows.begin(), supervisor::edge_rows.end(), result.begin());
    result.back() = {id, id};
    return result;
}();

} // namespace probe
