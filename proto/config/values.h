// Reads the value of a key, checks it as its kind requires, and stores it.
#pragma once

#include <optional>
#include <string_view>

#include "proto/base/time.h"
#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"
#include "proto/config/options.h"

namespace config
{

/// Stores the value in `config`, or adds its errors to `errors`. A host's key goes to the last host, which
/// must exist. The text of a token is not copied and does not appear in errors.
void read_value(const Option& option, const Word& value, Config& config, Errors& errors);

/// Decimal digits, optionally followed by one unit: s, m, h or d. The default is seconds. Empty if the text
/// is anything else or more than `max`.
std::optional<base::Seconds> parse_time(std::string_view text, base::Seconds max) noexcept;

/// The offset of the first control character except tab. No value may contain one.
std::optional<std::size_t> find_control(std::string_view text) noexcept;

} // namespace config
