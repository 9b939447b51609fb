// The privileges that the supervisor drops before it starts children. Links libcap.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "privsep/unique_fd.h"

namespace privsep
{

/// The user and group to run as. Never root.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    bool is_nobody = false; ///< the fallback: there is neither user= nor a user `nanodnsd`
};

/// True if the effective user is root.
bool is_root() noexcept;

/// Looks up these names. Without `group` it is the user's group. Without `user` it is the system's user
/// `nanodnsd` if it exists, otherwise `nobody`. Exits with an error if a name is unknown or root's.
Identity look_up_identity(const std::string& user, const std::string& group);

/// The same, and checks that the process can change to them. Exits with an error if that is not permitted.
Identity find_identity(const std::string& user, const std::string& group);

/// Opens an empty directory that has been removed, so that nothing can be created in it: the root directory
/// of the children. It is created below /run, /tmp or `last_resort`; no descriptor if all three fail.
UniqueFd make_empty_root(const std::string& last_resort) noexcept;

/// If the process is root and cannot change to another user, exits with an error that says what to do.
void require_right_to_change_user();

/// While an object exists, files are opened as this user. Root without CAP_DAC_OVERRIDE needs that.
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

/// Whether a process with this identity and without capabilities may read the file at `path`.
bool can_read_as(const Identity& identity, const std::string& path);

/// The state of the sandbox layers that the supervisor prepares for its children. An empty reason means that
/// the layer is active.
struct Isolation {
    std::string why_no_empty_network;
    std::string why_no_empty_root; ///< chroot(2) is not permitted
    bool can_read_config = false;  ///< with CAP_DAC_READ_SEARCH, if requested
};

/// Moves to new network, IPC and mount namespaces if that is permitted; open sockets and files stay usable.
/// Changes to `identity` if there is one, and drops all capabilities except those that a restart or a reload
/// needs:
/// - CAP_SYS_CHROOT, inherited by children until they have entered their sandbox;
/// - with `read_config`, CAP_DAC_READ_SEARCH: not inherited, used only by ReadingRights;
/// - with an `identity`, CAP_KILL: not inherited, kept until give_up_killing().
/// Sets no_new_privs. Without CAP_SYS_ADMIN the namespaces are created through a user namespace, after the
/// change of user. Exits with an error if a privilege cannot be dropped.
Isolation give_up_privileges(const std::optional<Identity>& identity, bool read_config);

/// Drops CAP_KILL. Call it when no process that was started as root is left. Exits with an error if it fails.
void give_up_killing();

/// While an object exists, CAP_DAC_READ_SEARCH is effective, if give_up_privileges() kept it.
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
