#include "daemon/common/file_access.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace common
{

namespace
{

/// The mode of the file; 0 if stat(2) fails.
mode_t mode_of(const std::string& path) noexcept
{
    struct stat about {
    };
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode : 0;
}

/// Whether `holds` is true for each folder of `path`, starting with the outermost. If not, `folder` is the
/// first one for which it is false.
bool all_folders(const std::string& path, std::string& folder, bool (*holds)(const std::string& folder))
{
    folder = path.starts_with('/') ? "/" : ".";
    for (std::size_t end = path.find('/'); holds(folder); end = path.find('/', end + 1)) {
        if (end == std::string::npos) {
            return true;
        }
        folder = path.substr(0, end + (end == 0 ? 1 : 0));
    }
    return false;
}

bool everybody_may_read(const std::string& path)
{
    std::string folder;
    return (mode_of(path) & S_IROTH) != 0 &&
           all_folders(path, folder, [](const std::string& one) { return (mode_of(one) & S_IXOTH) != 0; });
}

} // namespace

std::string why_unreadable(const std::string& path, int error, uid_t uid, gid_t gid)
{
    std::string why = base::filled("cannot open {}: {}", {path, std::strerror(error)});
    if (error != EACCES) {
        return why;
    }
    std::string folder;
    if (!all_folders(path, folder, [](const std::string& one) { return ::access(one.c_str(), X_OK) == 0; })) {
        return base::filled("{}: uid {} with gid {} must be able to enter {}: chgrp {} {} && chmod g+x {}",
                            {why, uid, gid, folder, gid, folder, folder});
    }
    return base::filled("{}: uid {} with gid {} must be able to read it: chgrp {} {} && chmod 640 {}",
                        {why, uid, gid, gid, path, path});
}

std::string command_for_service_alone(const std::string& path, uid_t uid, gid_t gid)
{
    struct stat about {
    };
    const bool is_known = ::stat(path.c_str(), &about) == 0;
    const bool owner_reads = is_known && about.st_uid == uid && (about.st_mode & S_IRUSR) != 0;
    const bool group_reads = is_known && about.st_gid == gid && (about.st_mode & S_IRGRP) != 0;
    if (owner_reads || (group_reads && about.st_uid != uid)) {
        return base::filled("chmod o-r {}", {path});
    }
    return base::filled("chgrp {} {} && chmod 640 {}", {gid, path, path});
}

std::string warning_of_readers(const std::string& path, const char* content, uid_t uid, gid_t gid)
{
    return everybody_may_read(path)
               ? base::filled("{} contains {}, and all users of this machine can read it: {}",
                              {path, content, command_for_service_alone(path, uid, gid)})
               : std::string{};
}

} // namespace common
