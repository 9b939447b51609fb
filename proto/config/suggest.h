// Suggestions for misspelled words.
#pragma once

#include <span>
#include <string_view>

namespace config
{

/// The candidate with the smallest edit distance to `word`, ignoring case. Empty if more than about a third
/// of its letters differ, or if `word` has more than 32 bytes.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace config
