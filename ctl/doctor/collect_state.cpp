#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ctl/doctor/collect.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

std::string path_of_state(const MainProcess& process)
{
    if (!process.state.empty()) {
        return process.reach(process.state);
    }
    const std::string folder = process.state_directory.empty() ? NANODNSD_STATEDIR : process.state_directory;
    return process.reach(folder) + "/nanodnsd.state";
}

struct OpenFile {
    dev_t device = 0;
    ino_t inode = 0;
};

/// The regular files that a process has open; none if this user may not see them.
std::optional<std::vector<OpenFile>> files_of(std::uint32_t pid)
{
    const std::string folder = base::filled("/proc/{}/fd", {pid});
    std::vector<OpenFile> files;
    if (::access(folder.c_str(), R_OK) != 0) {
        return std::nullopt;
    }
    for (const std::string& name : names_in(folder)) {
        struct stat about {
        };
        if (::stat(base::filled("{}/{}", {folder, name}).c_str(), &about) == 0 && S_ISREG(about.st_mode)) {
            files.push_back({about.st_dev, about.st_ino});
        }
    }
    return files;
}

bool has(const std::vector<OpenFile>& files, const std::string& path)
{
    struct stat about {
    };
    if (::stat(path.c_str(), &about) != 0) {
        return false;
    }
    for (const OpenFile& file : files) {
        if (file.device == about.st_dev && file.inode == about.st_ino) {
            return true;
        }
    }
    return false;
}

/// The keeper has both files open.
std::optional<bool> is_in_place(const std::string& path, const Facts& facts)
{
    if (!facts.running) {
        return std::nullopt;
    }
    for (const admin::StatusProcess& process : facts.running->processes) {
        if (process.name == "keeper" && program_of(process.pid).starts_with("nanodnsd")) {
            const auto files = files_of(process.pid);
            return files ? std::optional{has(*files, path + ".0") && has(*files, path + ".1")} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::uint64_t size_of(const std::string& path)
{
    struct stat about {
    };
    return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

} // namespace

void look_at_state(const MainProcess& process, Facts& facts)
{
    State state;
    state.path = path_of_state(process);
    const std::string folder = state.path.substr(0, state.path.rfind('/') + 1);
    struct statvfs about {
    };
    if (::access(folder.c_str(), R_OK | X_OK) != 0 || ::statvfs(folder.c_str(), &about) != 0) {
        facts.state = Known<State>::unknown(
            base::filled("{} cannot be read: {}{}", {folder, std::strerror(errno),
                                                     errno == EACCES ? "; doctor sees more as root" : ""}));
        return;
    }
    state.room = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    state.bytes = size_of(state.path + ".0") + size_of(state.path + ".1");
    state.is_in_place = is_in_place(state.path, facts);
    facts.state = std::move(state);
}

} // namespace ctl::doctor
