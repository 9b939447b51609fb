// Who may read a file, and what to do about it.
#pragma once

#include <string>
#include <sys/types.h>

namespace common
{

/// One sentence for a file that could not be opened, with the reason, `error`. If that is a lack of rights,
/// with who lacks them and the command that gives them.
std::string why_unreadable(const std::string& path, int error, uid_t uid, gid_t gid);

/// Whether the file and all folders on its way are open to everybody.
bool everybody_may_read(const std::string& path);

/// The command that makes a file readable for `uid` and `gid` and its owner alone.
std::string command_for_service_alone(const std::string& path, uid_t uid, gid_t gid);

} // namespace common
