// Checks of who may read a file, and the commands that correct it.
#pragma once

#include <string>
#include <sys/types.h>

namespace common
{

/// One sentence that says why a file could not be opened. `error` is the errno. For EACCES it also names the
/// user and group that need access and the command that grants it.
std::string why_unreadable(const std::string& path, int error, uid_t uid, gid_t gid);

/// The command that makes a file readable for its owner and for the user `uid` with the group `gid` only.
std::string command_for_service_alone(const std::string& path, uid_t uid, gid_t gid);

inline constexpr const char* private_key = "a private key";

/// One sentence that warns if every user of the system may read the file, which contains `content`, and enter
/// all folders of its path; otherwise empty. It has that command.
std::string warning_of_readers(const std::string& path, const char* content, uid_t uid, gid_t gid);

} // namespace common
