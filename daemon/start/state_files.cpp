#include "daemon/start/state_files.h"

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

/// A million hosts with the longest names fill less, grown to four times a snapshot.
constexpr off_t longest_state = (off_t{1} << 31) - 1;

[[noreturn]] void fail_because_of_owner(const StateFolder& folder, const std::string& name, uid_t uid)
{
    const std::string files =
        name == folder.path() ? name : base::filled("{}.0 {}.1", {folder.path(), folder.path()});
    privsep::fail("the state {} belongs to uid {}, and this is uid {}: chown {} {}",
                  {name, uid, folder.owner().uid(), folder.owner().name_for_chown(), files});
}

/// Ends the process if the file is not the daemon's own. Nothing has been changed until then.
void check_file(const StateFolder& folder, const std::string& name, const struct stat& about)
{
    if (!S_ISREG(about.st_mode)) {
        privsep::fail("the state {} is not a regular file: move it away, or see -s", {name});
    }
    if (about.st_nlink > 1) {
        privsep::fail("the state {} has {} hard links, so it is another file too: move it away, or see -s",
                      {name, about.st_nlink});
    }
    if (about.st_uid != 0 && about.st_uid != folder.owner().uid()) {
        fail_because_of_owner(folder, name, about.st_uid);
    }
    if (others_may_write(about, folder.owner())) {
        privsep::fail("other users may write to the state {}: if you trust its contents, chmod go-w {}",
                      {name, name});
    }
    if (about.st_size > longest_state) {
        privsep::fail("the state {} has {} bytes, and at most {} are read: move it away, or see -s",
                      {name, about.st_size, longest_state});
    }
}

[[noreturn]] void fail_to_open(const StateFolder& folder, const char* suffix, const std::string& name)
{
    const int error = errno;
    struct stat about {
    };
    if (folder.find(suffix, about)) {
        check_file(folder, name, about);
        if (error == EACCES && about.st_uid != folder.owner().uid()) {
            fail_because_of_owner(folder, name, about.st_uid);
        }
    }
    privsep::fail("cannot open the state {}: {}: its folder must exist and be writable for uid {}; see -s",
                  {name, std::strerror(error), folder.owner().uid()});
}

/// None if the file does not exist and `flags` lack O_CREAT.
UniqueFd open_one(const StateFolder& folder, const char* suffix, int flags)
{
    const std::string name = folder.path() + suffix;
    UniqueFd file = folder.open(suffix, flags);
    if (!file) {
        if (errno == ENOENT && (flags & O_CREAT) == 0) {
            return {};
        }
        fail_to_open(folder, suffix, name);
    }
    struct stat about {
    };
    privsep::require(::fstat(file.get(), &about) == 0, "the state");
    check_file(folder, name, about);
    if ((flags & O_CREAT) != 0) {
        ::fchmod(file.get(), owner_only);
        if (folder.owner().service) { // so that a later start as that user works
            [[maybe_unused]] const int result =
                ::fchown(file.get(), folder.owner().uid(), folder.owner().gid());
        }
    }
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
    return !file || ::lseek(file.get(), 0, SEEK_END) == 0;
}

UniqueFd open_predecessor(const StateFolder& folder, const StateFiles& state)
{
    return is_empty(state.file[0]) && is_empty(state.file[1]) ? open_one(folder, "", O_RDONLY) : UniqueFd{};
}

} // namespace

StateFiles open_state(const std::string& path, const StateOwner& owner)
{
    StateFolder folder{path, owner, Missing::is_made};
    const ActingAsService acting{folder.acting_as()};
    StateFiles state;
    state.file[0] = open_one(folder, ".0", O_RDWR | O_CREAT);
    lock(state.file[0], path + ".0");
    state.file[1] = open_one(folder, ".1", O_RDWR | O_CREAT);
    // The names of the files must survive a power cut, like their contents. Best effort.
    ::fsync(folder.open_itself().get());
    state.predecessor = open_predecessor(folder, state);
    state.folder = folder.release();
    return state;
}

StateFiles look_at_state(const std::string& path, const StateOwner& owner)
{
    const StateFolder folder{path, owner, Missing::is_accepted};
    const ActingAsService acting{folder.acting_as()};
    StateFiles state;
    if (!folder.is_there()) {
        return state;
    }
    state.file[0] = open_one(folder, ".0", O_RDONLY);
    state.file[1] = open_one(folder, ".1", O_RDONLY);
    if ((!state.file[0] || !state.file[1]) && !folder.is_writable()) {
        privsep::fail("no files can be made in {}, the folder of the state: it must be writable for uid {}; "
                      "see -s",
                      {folder_of(path), owner.uid()});
    }
    state.predecessor = open_predecessor(folder, state);
    return state;
}

} // namespace supervisor
