// Which boot of the machine this is, and what the clocks say at the start.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/time.h"

namespace supervisor
{

/// 32 hexadecimal digits, with or without dashes between them; nothing of other text, and of zeros alone.
std::optional<base::BootId> parse_boot_id(std::string_view text) noexcept;

/// Both clocks now. The boot is that of the environment variable NANODNSD_BOOT_ID, since a unit's /proc may
/// have none, else the kernel's; where there is neither, a warning says what counts then.
base::FixedPoint point_of_start();

} // namespace supervisor
