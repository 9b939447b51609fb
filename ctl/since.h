// The TIME of `log --since`.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/time.h"

namespace ctl
{

/// A length of time before `now`, as in the configuration, which may be written "7d", "-7d" or "7d ago"; or a
/// time in UTC: "2026-11-28", "2026-11-28 04:05" or "2026-11-28T04:05:06Z".
std::optional<base::UnixTime> read_since(std::string_view text, base::UnixTime now);

} // namespace ctl
