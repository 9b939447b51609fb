// Recognises a root directory that a service manager or a container made for nanodnsd alone.
#pragma once

#include <string>
#include <vector>

namespace supervisor
{

/// Whether this process can find only these in its root directory: `own` (files and folders of the daemon),
/// shared libraries, and files that are not regular; and can create files only in `own`. That is as good as
/// an empty root: even without Landlock, no other program's files are in reach. It searches the file system
/// until it finds another file, which on a usual system is soon. Call it after all rights are given up.
bool root_holds_only(const std::vector<std::string>& own);

} // namespace supervisor
