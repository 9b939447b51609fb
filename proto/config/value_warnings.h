// Warnings of values that are valid, but probably mean something else than was intended.
#pragma once

#include <string_view>

#include "proto/config/ini.h"
#include "proto/config/options.h"
#include "proto/config/warnings.h"

namespace config
{

/// `value`: one that read_value() has accepted; otherwise there is an error, and no warning is shown. The
/// text of a token does not appear in warnings, nor the length of a short one.
void warn_of_value(const Option& option, const Word& value, Warnings& warnings);

/// Whether a client that does not escape it in a URL changes it.
bool must_be_escaped(std::string_view token) noexcept;

} // namespace config
