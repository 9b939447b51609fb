// Which word was meant.
#pragma once

#include <span>
#include <string_view>

namespace config
{

/// The candidate that `word` was most likely meant to be: the nearest by edit distance, ignoring case,
/// where about one letter of three at most is wrong. Empty if none is near. Words of more than 32 bytes
/// are near to nothing.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace config
