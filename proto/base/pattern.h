// Patterns of names, in which * stands for any text.
#pragma once

#include <string_view>

namespace base
{

/// Whether `text` is `pattern` with each * replaced by any bytes, also none. Ignores the case of ASCII
/// letters. Takes at most pattern.size() * text.size() steps.
bool matches(std::string_view pattern, std::string_view text) noexcept;

} // namespace base
