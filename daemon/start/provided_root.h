// The root directory that a service manager or a container has made for us.
#pragma once

#include <string>
#include <vector>

namespace supervisor
{

/// Whether all that this process can find in its root directory is `own` (files and folders of the daemon),
/// shared libraries, and what is no regular file, and it can make a file nowhere but in `own`. That is as
/// good as an empty root, since Landlock or not, nothing of anybody else's is in reach. It looks, and
/// believes nobody: on a usual system the first program that it meets is the answer. To be asked once all
/// rights are given up.
bool root_holds_only(const std::vector<std::string>& own);

} // namespace supervisor
