// Work that leaves nothing behind.
#pragma once

#include <functional>
#include <string>

#include "privsep/unique_fd.h"

namespace privsep
{

struct Copied {
    UniqueFd file;       ///< the result, in memory
    std::string failure; ///< why there is none, as fail() said it there; empty where the work was done
};

/// Does `work` in a copy of this process: memory that it takes and libraries that it loads are gone with the
/// copy, and so is what it gives up. It leaves its result in the file that it is given, which is empty at
/// first.
Copied done_in_copy(const std::function<void(int file)>& work);

} // namespace privsep
