// Work in a forked copy of the process, which leaves no memory or libraries behind.
#pragma once

#include <functional>
#include <string>

#include "privsep/unique_fd.h"

namespace privsep
{

struct Copied {
    UniqueFd file;       ///< a memfd with the result
    std::string failure; ///< the line of fail() in the copy; empty if the work succeeded
};

/// Runs `work` in a forked copy of this process. The memory that it allocates, the libraries that it loads
/// and the privileges that it drops do not affect this process. `work` writes its result to `file`, which is
/// empty.
Copied done_in_copy(const std::function<void(int file)>& work);

} // namespace privsep
