// Starting a child: vfork and exec, so that it has an address-space layout of its own.
#pragma once

#include <sys/types.h>
#include <vector>

#include "privsep/unique_fd.h"

namespace privsep
{

struct ChildStart {
    int executable = -1;   ///< started by execveat(2): an upgrade on disk never mixes two versions
    const char* name = ""; ///< its argv[0]
    int control = -1;
    int setup = -1;
    int filter = -1;
    int root = -1;                ///< -1: none
    std::vector<int> descriptors; ///< the others, from privsep::first_fd on, in this order
};

/// The child has the descriptors named here and 0, 1 and 2 of its parent, an empty environment, no
/// blocked signals, and dies with its parent. Its process id, or -1 with errno where there can be none.
pid_t spawn(const ChildStart& start);

} // namespace privsep
