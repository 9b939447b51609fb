// One row more than roles.h has: one probe per worker, each with a channel to every other probe.
#pragma once

#include "daemon/supervisor/roles.h"

namespace probe
{

inline constexpr ipc::Role id{100};
inline constexpr const char* name = "probe";

/// The daemon's rows and the probe's.
inline constexpr auto rows = [] {
    std::array<supervisor::Role, supervisor::role_rows.size() + 1> result{};
    std::copy(supervisor::role_rows.begin(), supervisor::role_rows.end(), result.begin());
    result.back() = {.id = id,
                     .name = name,
                     .filter = updater::syscalls, // more than a probe needs
                     .count = supervisor::Count::one_per_worker,
                     .has_statistics = true,
                     .makes_cookies = true,
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
