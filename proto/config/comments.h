// Text that looks like a comment after a value. A comment needs a line of its own.
#pragma once

#include <cstddef>
#include <string_view>

#include "proto/config/ini.h"

namespace config
{

constexpr bool starts_comment(char c) noexcept
{
    return c == '#' || c == ';';
}

/// The offset of the first '#' or ';' that is at the start of `value` or after a blank; npos if there is
/// none.
constexpr std::size_t find_comment(std::string_view value) noexcept
{
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (starts_comment(value[i]) && (i == 0 || is_blank(value[i - 1]))) {
            return i;
        }
    }
    return std::string_view::npos;
}

} // namespace config
