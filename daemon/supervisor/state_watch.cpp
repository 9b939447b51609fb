#include "daemon/supervisor/state_watch.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include "proto/base/text.h"

namespace supervisor
{

namespace
{

/// By path; if that must not be searched, from the folder.
bool find(const std::string& path, int folder, struct stat& found) noexcept
{
    if (::fstatat(AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
        return true;
    }
    const std::size_t name = path.rfind('/') + 1;
    return errno == EACCES && folder >= 0 &&
           ::fstatat(folder, path.c_str() + name, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace

StateWatch::StateWatch(const std::string& path, const std::array<privsep::UniqueFd, 2>& files,
                       const privsep::UniqueFd& folder)
    : paths_{path + ".0", path + ".1"}, has_names_(!path.empty()), files_(files), folder_(folder)
{
}

StateWatch::Finding StateWatch::look_at(unsigned number) const noexcept
{
    struct stat ours {
    };
    struct stat found {
    };
    if (::fstat(files_[number].get(), &ours) != 0) {
        return finding_;
    }
    if (!find(paths_[number], folder_.get(), found)) {
        return errno == ENOENT || errno == ENOTDIR ? Finding::gone : finding_;
    }
    // the inode number of a deleted file is not used again as long as the file is open
    const bool is_ours = found.st_dev == ours.st_dev && found.st_ino == ours.st_ino;
    return is_ours ? Finding::in_place : Finding::replaced;
}

bool StateWatch::look()
{
    if (!has_names_) {
        return false;
    }
    Finding worst = Finding::in_place;
    for (unsigned number = 0; number < paths_.size(); ++number) {
        const Finding one = look_at(number);
        if (one > worst) {
            worst = one;
            which_ = number;
        }
    }
    const bool is_new = worst != finding_;
    finding_ = worst;
    return is_new;
}

std::string StateWatch::describe() const
{
    if (finding_ == Finding::in_place) {
        return "the state files are back in place: updates are accepted again";
    }
    const char* const how =
        finding_ == Finding::gone
            ? "gone: updates are refused until the same file is back"
            : "another file than the one that is open: updates are refused until that file is back";
    return base::filled("the state {} is {} or nanodnsd is restarted; DNS queries are still answered",
                        {paths_[which_], how});
}

} // namespace supervisor
