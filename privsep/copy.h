// Work that leaves nothing behind.
#pragma once

#include <functional>

#include "privsep/unique_fd.h"

namespace privsep
{

/// Does `work` in a copy of this process: memory that it takes and libraries that it loads are gone with the
/// copy, and so is what it gives up. It leaves its result in the file that it is given, which is in memory,
/// empty at first, and returned. What it throws is thrown here, as a std::runtime_error that says the same;
/// std::system_error where there can be no copy.
UniqueFd done_in_copy(const std::function<void(int file)>& work);

} // namespace privsep
