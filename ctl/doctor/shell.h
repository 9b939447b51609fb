// Lines that can be pasted into a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctl::doctor
{

/// The text as one word of a POSIX shell: as it is, or in single quotes.
std::string shell_word(std::string_view text);

/// Writes a drop-in `file` of the socket unit of DNS with these lines below [Socket], and uses it.
std::string drop_in(std::string_view file, const std::vector<std::string>& lines);

} // namespace ctl::doctor
