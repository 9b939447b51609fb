// A key's value: read as its kind says, checked against its bounds, stored.
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

/// Stores the value in `config`, or adds the errors that it has. For a host's key there must be a host.
/// No text of a token gets into an error or a copy.
void read_value(const Option& option, const Word& value, Config& config, Errors& errors);

/// Decimal digits and at most one unit: s, m, h or d; without one it is seconds. Nothing if it is anything
/// else or more than `max`.
std::optional<base::Seconds> parse_time(std::string_view text, base::Seconds max) noexcept;

/// Where the first byte stands that no value may have: a control character but for the tab.
std::optional<std::size_t> find_control(std::string_view text) noexcept;

} // namespace config
