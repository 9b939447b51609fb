// Starts a child by vfork and exec, which gives it a new random layout of its address space.
#pragma once

#include <sys/types.h>
#include <vector>

#include "privsep/unique_fd.h"

namespace privsep
{

struct ChildStart {
    int executable = -1;   ///< for execveat(2): after an upgrade on disk, the old version still runs
    const char* name = ""; ///< its argv[0]
    int control = -1;
    int setup = -1;
    int filter = -1;
    int root = -1;                ///< -1: none
    std::vector<int> descriptors; ///< more, from privsep::first_fd on, in this order
};

/// Starts a child with these descriptors and its parent's 0, 1 and 2, an empty environment and no blocked
/// signals. It is killed when its parent exits. Returns its process id, or -1 with errno.
pid_t spawn(const ChildStart& start);

} // namespace privsep
