// What the supervisor gives up before it starts anybody. Links libcap.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "privsep/unique_fd.h"

namespace privsep
{

/// Whom to become. Never root.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    bool is_nobody = false; ///< nobody chose it: neither a user= nor a user `nanodnsd` is there
};

/// True if the effective user is root.
bool is_root() noexcept;

/// The identity of these names. `user` alone takes that user's group; without `user` it is the system's
/// `nanodnsd` user where there is one, else `nobody`. Ends the process with a sentence that
/// names what is unknown or is root, or that it cannot be become.
Identity find_identity(const std::string& user, const std::string& group);

/// An open directory, empty and without a name, in which nothing can be made: a root for children. Empty
/// where no temporary directory can be made anywhere.
UniqueFd make_empty_root(const std::string& last_resort) noexcept;

/// Ends the process with one sentence that says what to do, where it is root and cannot become anybody else.
void require_right_to_change_user();

/// While it lives, files are opened as this user, which root without CAP_DAC_OVERRIDE may need.
class ActingAs
{
public:
    explicit ActingAs(const Identity& identity) noexcept;
    ~ActingAs();
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;

private:
    gid_t gid_before_;
    uid_t uid_before_;
};

/// Whether somebody with this identity and no capability may read the file at `path`, by the permissions of
/// the file and of the folders on its way.
bool can_read_as(const Identity& identity, const std::string& path);

/// What became of the layers that the supervisor sees to for its children. An empty reason: it stands.
struct Isolation {
    std::string why_no_empty_network;
    std::string why_no_empty_root; ///< no right to enter one
    bool can_read_config = false;  ///< by CAP_DAC_READ_SEARCH, where it was asked for
};

/// Leaves the network, IPC and mounts of the host for namespaces of our own, where it may; sockets and files
/// that are open stay usable. Drops to `identity` if there is one, and then all capabilities but what a
/// restart or a reload needs: CAP_SYS_CHROOT, inherited by children until they have locked themselves down;
/// and with `read_config` CAP_DAC_READ_SEARCH, not inherited, used only by ReadingRights; and where there is
/// an `identity` CAP_KILL, not inherited, until give_up_killing(). Also sets no_new_privs. Who lacks
/// CAP_SYS_ADMIN gets namespaces as an ordinary user does, once it is one: by way of a user namespace. Ends
/// the process where it cannot give something up.
Isolation give_up_privileges(const std::optional<Identity>& identity, bool read_config);

/// Once there is no process left that we have started as root. Ends the process where it cannot.
void give_up_killing();

/// While it lives, files can be read as give_up_privileges() allowed.
class ReadingRights
{
public:
    ReadingRights() noexcept { use(true); }
    ~ReadingRights() { use(false); }
    ReadingRights(const ReadingRights&) = delete;
    ReadingRights& operator=(const ReadingRights&) = delete;

private:
    static void use(bool on) noexcept;
};

} // namespace privsep
