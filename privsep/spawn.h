// Starts and kills a child. It is started by clone and exec, which gives it a new random layout of its
// address space.
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
    int counters = -1;            ///< a page of counters (counter_page.h); -1: none
};

struct Process {
    pid_t pid = -1;
    UniqueFd handle; ///< a pidfd, close-on-exec: it leads to this process even if another has the id later
};

/// Starts a child with these descriptors and its parent's 0, 1 and 2, an empty environment and no blocked
/// signals. It is killed when its parent exits. `pid` is -1, with errno, if no process can be started.
Process spawn(const ChildStart& start);

/// Sends SIGKILL to the process of this handle. False, with errno, if there is none or it is not permitted.
bool kill_process(const UniqueFd& process) noexcept;

} // namespace privsep
