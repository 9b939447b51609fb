// The folder of the state, and the rights with which files are opened in it. In a folder that only root may
// write, root opens files as root. In any other folder it opens them as the service user, so that nobody who
// may write there can make root open, change or give away a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "privsep/privileges.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// The folder of `path`; "." if it has none.
std::string folder_of(const std::string& path);

/// Whom the state belongs to.
struct StateOwner {
    std::optional<privsep::Identity> service; ///< to change to; nullopt if the process is not root
    std::string name;                         ///< for chown(1), as "nanodnsd:"; empty: the uid is used

    uid_t uid() const noexcept;
    gid_t gid() const noexcept;
    std::string name_for_chown() const;
};

/// The owner if the config has these names, either of which may be empty. `identity`: what they lead to.
StateOwner owner_of_state(const std::string& user, const std::string& group,
                          const std::optional<privsep::Identity>& identity);

/// The command that gives the state and its folder to `owner`, in the syntax of chown(1).
std::string command_to_give(const std::string& path, std::string_view owner);

/// Whether users other than root, the owner and members of the owner's group may write.
bool others_may_write(const struct stat& about, const StateOwner& owner);

/// While an object exists, the process has only the rights of the service user. No effect without one.
class ActingAsService
{
public:
    explicit ActingAsService(const std::optional<privsep::Identity>& service);
    ~ActingAsService();
    ActingAsService(const ActingAsService&) = delete;
    ActingAsService& operator=(const ActingAsService&) = delete;

private:
    std::vector<gid_t> groups_before_;
    std::optional<privsep::ActingAs> acting_;
};

/// What happens if the folder is missing, but its own folder is there.
enum class Missing : std::uint8_t { is_made, is_accepted };

/// An open folder.
class StateFolder
{
public:
    /// Opens the folder of the state at `path`. Ends the process with a message if it cannot be opened, or if
    /// others may write to it and the process is root. If the process is not root, that is only a warning.
    StateFolder(std::string path, StateOwner owner, Missing missing);

    /// open(2) of the file `path` + `suffix`. Does not wait, and follows no symbolic link. -1 with errno.
    privsep::UniqueFd open(const char* suffix, int flags) const;
    /// stat(2) of it, with the same rights. False with errno.
    bool find(const char* suffix, struct stat& found) const noexcept;
    /// The rights with which files are opened.
    const std::optional<privsep::Identity>& acting_as() const noexcept { return acting_as_; }
    /// False if it is missing.
    bool is_there() const noexcept { return static_cast<bool>(fd_); }
    /// Whether files can be made in it; for a missing folder, whether it can be made.
    bool is_writable() const noexcept;
    const StateOwner& owner() const noexcept { return owner_; }
    const std::string& path() const noexcept { return path_; }
    /// The folder, open for fsync(2); none without the right to read it.
    privsep::UniqueFd open_itself() const noexcept;
    /// The folder (O_PATH).
    privsep::UniqueFd release() noexcept { return std::move(fd_); }

private:
    void make() const;
    void check(const struct stat& about) const;

    std::string path_;
    StateOwner owner_;
    std::string folder_;
    privsep::UniqueFd fd_;
    std::optional<privsep::Identity> acting_as_; ///< nullopt: root, or this user
};

} // namespace supervisor
