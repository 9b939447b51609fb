// Checks of who may read a file, and the commands that correct it.
#pragma once

#include <string>
#include <sys/types.h>

namespace common
{

/// One sentence that says why a file could not be opened. `error` is the errno. For EACCES it also names the
/// user and group that need access and the command that grants it.
std::string why_unreadable(const std::string& path, int error, uid_t uid, gid_t gid);

/// Whether every user of the system may read the file and enter all folders of its path.
bool everybody_may_read(const std::string& path);

/// The command that makes a file readable for its owner and for the user `uid` with the group `gid` only.
std::string command_for_service_alone(const std::string& path, uid_t uid, gid_t gid);

} // namespace common
