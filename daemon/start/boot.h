// The boot id of the machine, and the clocks at the start of the daemon.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/time.h"

namespace supervisor
{

/// Parses 32 hexadecimal digits, with or without dashes between them; nullopt for other text, and for zeros
/// only.
std::optional<base::BootId> parse_boot_id(std::string_view text) noexcept;

/// Both clocks now. The boot id is that of the environment variable NANODNSD_BOOT_ID, since the /proc of a
/// unit may not have one; otherwise the kernel's. If there is neither, logs a warning that says what is used
/// instead.
base::FixedPoint point_of_start();

} // namespace supervisor
