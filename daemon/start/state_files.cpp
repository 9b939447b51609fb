#include "daemon/start/state_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "privsep/fail.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

std::string_view reason() noexcept
{
    return std::strerror(errno);
}

void give_to(int fd, const std::optional<privsep::Identity>& owner) noexcept
{
    if (owner) { // so that a later start as that user works; the keeper gets open descriptors in any case
        [[maybe_unused]] const int result = ::fchown(fd, owner->uid, owner->gid);
    }
}

/// The names of the files must survive a power cut, like their contents.
void sync_folder(const std::string& folder)
{
    const UniqueFd directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ::fsync(directory.get()); // best effort: without the right to read the folder, it cannot be opened
}

void make_folder(const std::string& folder, const std::optional<privsep::Identity>& owner)
{
    if (::mkdir(folder.c_str(), S_IRWXU) == 0) {
        const UniqueFd made{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        give_to(made.get(), owner);
        sync_folder(folder_of(folder)); // which contains its name
    }
}

[[noreturn]] void fail_to_open(const std::string& path, uid_t uid)
{
    const int error = errno;
    struct stat about {
    };
    if (error == EACCES && ::stat(path.c_str(), &about) == 0 && about.st_uid != uid) {
        const std::string state = path.substr(0, path.rfind('.'));
        privsep::fail("cannot open the state {}: {}: it belongs to uid {}, and this is uid {}: {}",
                      {path, std::strerror(error), about.st_uid, uid,
                       command_to_give(state, base::filled("{}:", {uid}))});
    }
    privsep::fail("cannot open the state {}: {}: its folder must exist and be writable for uid {}; see -s",
                  {path, std::strerror(error), uid});
}

UniqueFd open_one(const std::string& path, const std::optional<privsep::Identity>& owner)
{
    const auto open = [&] {
        return UniqueFd{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, owner_only)};
    };
    UniqueFd file = open();
    if (!file && errno == EACCES && owner) { // root without CAP_DAC_OVERRIDE, in a folder of the owner
        const privsep::ActingAs its_owner{*owner};
        file = open();
    }
    if (!file) {
        fail_to_open(path, owner ? owner->uid : ::geteuid());
    }
    struct stat about {
    };
    if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        privsep::fail("the state {} is not a regular file: move it away, or see -s", {path});
    }
    ::fchmod(file.get(), owner_only);
    give_to(file.get(), owner);
    return file;
}

/// If the last daemon was killed, its children may hold the lock for another moment.
void lock(const UniqueFd& file, const std::string& path)
{
    constexpr int tries = 40;
    constexpr int pause_ms = 50;
    for (int attempt = 0; ::flock(file.get(), LOCK_EX | LOCK_NB) != 0; ++attempt) {
        if (attempt == tries) {
            privsep::fail("another nanodnsd uses the state {}: stop it first, or give this one another state "
                          "with -s",
                          {path});
        }
        ::poll(nullptr, 0, pause_ms);
    }
}

bool is_empty(const UniqueFd& file) noexcept
{
    return ::lseek(file.get(), 0, SEEK_END) == 0;
}

} // namespace

std::string folder_of(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

std::string command_to_give(const std::string& path, std::string_view owner)
{
    const std::string folder = folder_of(path);
    return folder.ends_with("/nanodnsd") ? base::filled("chown -R {} {}", {owner, folder})
                                         : base::filled("chown {} {} {}.0 {}.1", {owner, folder, path, path});
}

StateFiles open_state(const std::string& path, const std::optional<privsep::Identity>& owner)
{
    const std::string folder = folder_of(path);
    const std::string first = path + ".0";
    make_folder(folder, owner);
    StateFiles state;
    state.file[0] = open_one(first, owner);
    lock(state.file[0], first);
    state.file[1] = open_one(path + ".1", owner);
    sync_folder(folder);
    state.folder = UniqueFd{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (is_empty(state.file[0]) && is_empty(state.file[1]) && ::access(path.c_str(), F_OK) == 0) {
        state.predecessor = UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!state.predecessor) {
            privsep::fail("cannot open {}: {}", {path, reason()});
        }
    }
    return state;
}

} // namespace supervisor
