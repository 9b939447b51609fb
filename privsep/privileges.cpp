#include "privsep/privileges.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "privsep/copy.h"
#include "privsep/fail.h"
#include "proto/base/text.h"

namespace privsep
{

namespace
{

struct FreeCapabilities {
    void operator()(cap_t capabilities) const noexcept { ::cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

bool have(cap_value_t capability)
{
    const Capabilities now{::cap_get_proc()};
    cap_flag_value_t is_set = CAP_CLEAR;
    return now && ::cap_get_flag(now.get(), capability, CAP_PERMITTED, &is_set) == 0 && is_set == CAP_SET;
}

bool write_file(const char* path, const std::string& text) noexcept
{
    const UniqueFd file{::open(path, O_WRONLY | O_CLOEXEC)};
    return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// As user_namespaces(7) wants it: each id stands for itself, and groups are fixed.
bool map_to_ourselves(uid_t uid, gid_t gid) noexcept
{
    const auto line = [](unsigned id) { return base::filled("{} {} 1\n", {id, id}); };
    return write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/uid_map", line(uid)) &&
           write_file("/proc/self/gid_map", line(gid));
}

/// True where the loopback device is down: a fresh network namespace, in which nothing can be reached.
bool network_is_empty() noexcept
{
    const UniqueFd probe{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_port = htons(9); // connecting a datagram socket only looks for a route: nothing is sent
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return !probe ||
           ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) != 0;
}

void add(const Capabilities& to, cap_flag_t flag, cap_value_t capability)
{
    require(::cap_set_flag(to.get(), flag, 1, &capability, CAP_SET) == 0, "capabilities");
}

void set_capabilities(bool chroot, bool read, bool kill)
{
    const Capabilities wanted{::cap_init()};
    require(wanted != nullptr, "capabilities");
    if (chroot) {
        add(wanted, CAP_PERMITTED, CAP_SYS_CHROOT);
        add(wanted, CAP_INHERITABLE, CAP_SYS_CHROOT);
    }
    if (read) {
        add(wanted, CAP_PERMITTED, CAP_DAC_READ_SEARCH);
    }
    if (kill) {
        add(wanted, CAP_PERMITTED, CAP_KILL);
        add(wanted, CAP_EFFECTIVE, CAP_KILL); // for PR_SET_PDEATHSIG of who is somebody else, too
    }
    // a service manager's filter refuses the call to who has nothing to drop
    const Capabilities now{::cap_get_proc()};
    require((now && ::cap_compare(now.get(), wanted.get()) == 0) || ::cap_set_proc(wanted.get()) == 0,
            "dropping capabilities");
}

void drop_bounding_set(bool but_chroot)
{
    for (cap_value_t capability = 0; ::cap_get_bound(capability) >= 0; ++capability) {
        if (capability != CAP_SYS_CHROOT || !but_chroot) {
            ::cap_drop_bound(capability); // without CAP_SETPCAP there is nothing to be had anyway
        }
    }
}

Identity look_up_identity(const std::string& user, const std::string& group)
{
    const passwd* found = user.empty() ? ::getpwnam("nanodnsd") : ::getpwnam(user.c_str());
    if (found == nullptr && user.empty()) {
        found = ::getpwnam("nobody");
    }
    if (found == nullptr) {
        fail("there is no user '{}' on this system: set user= to one that there is",
             {user.empty() ? "nobody" : user});
    }
    Identity identity{found->pw_uid, found->pw_gid};
    if (!group.empty()) {
        const ::group* entry = ::getgrnam(group.c_str());
        if (entry == nullptr) {
            fail("there is no group '{}' on this system: set group= to one that there is", {group});
        }
        identity.gid = entry->gr_gid;
    }
    if (identity.uid == 0 || identity.gid == 0) {
        fail("user= and group= must not be root's");
    }
    return identity;
}

void become(const Identity& identity)
{
    require(::setgroups(1, &identity.gid) == 0, "setgroups");
    require(::setresgid(identity.gid, identity.gid, identity.gid) == 0, "setresgid");
    require(::setresuid(identity.uid, identity.uid, identity.uid) == 0, "setresuid");
}

} // namespace

bool is_root() noexcept
{
    return ::geteuid() == 0;
}

Identity find_identity(const std::string& user, const std::string& group)
{
    // What the name service loads to know them would stay in this process for ever.
    const Copied answer = done_in_copy([&](int file) {
        const Identity found = look_up_identity(user, group);
        require(::write(file, &found, sizeof found) == ssize_t{sizeof found}, "telling an identity");
    });
    if (!answer.failure.empty()) {
        fail("{}", {answer.failure});
    }
    Identity identity;
    require(::pread(answer.file.get(), &identity, sizeof identity, 0) == ssize_t{sizeof identity},
            "an identity");
    return identity;
}

UniqueFd make_empty_root(const std::string& last_resort) noexcept
{
    for (const std::string& parent : {std::string{"/run"}, std::string{"/tmp"}, last_resort}) {
        std::string path = parent + "/nanodnsd.XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) {
            continue;
        }
        ::chmod(path.c_str(), S_IXUSR | S_IXGRP | S_IXOTH);
        UniqueFd directory{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
        ::rmdir(path.c_str());
        return directory;
    }
    return {};
}

bool leave_host_namespaces() noexcept
{
    constexpr int ours = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS;
    const uid_t uid = ::geteuid();
    const gid_t gid = ::getegid();
    if (::unshare(ours) != 0 && ::unshare(CLONE_NEWUSER | ours) == 0) {
        map_to_ourselves(uid, gid);
    }
    return network_is_empty();
}

bool can_read_as(const Identity& identity, const std::string& path)
{
    // The file system's own answer, in a process that has nothing else to lose.
    const Copied asked = done_in_copy([&](int /*file*/) {
        become(identity);
        require(::access(path.c_str(), R_OK) == 0, "access");
    });
    return asked.failure.empty();
}

void give_up_privileges(const std::optional<Identity>& identity, bool read_config)
{
    const bool chroot = have(CAP_SYS_CHROOT);
    const bool read = read_config && have(CAP_DAC_READ_SEARCH);
    const bool kill = identity && have(CAP_KILL);
    drop_bounding_set(chroot); // needs what the change of uid takes away
    if (identity) {
        // keeps the permitted set over the change of uid; effective ones come back one by one below
        require(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, "PR_SET_KEEPCAPS");
        become(*identity);
    }
    set_capabilities(chroot, read, kill);
    if (chroot) {
        require(::cap_set_ambient(CAP_SYS_CHROOT, CAP_SET) == 0, "PR_CAP_AMBIENT");
    }
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "PR_SET_DUMPABLE");
}

void give_up_killing()
{
    if (!have(CAP_KILL)) { // a service manager's filter refuses the call to who has nothing to drop
        return;
    }
    const Capabilities wanted{::cap_get_proc()};
    constexpr cap_value_t kill = CAP_KILL;
    require(wanted && ::cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &kill, CAP_CLEAR) == 0 &&
                ::cap_set_flag(wanted.get(), CAP_PERMITTED, 1, &kill, CAP_CLEAR) == 0 &&
                ::cap_set_proc(wanted.get()) == 0,
            "dropping CAP_KILL");
}

void ReadingRights::use(bool on) noexcept
{
    const Capabilities wanted{::cap_get_proc()};
    constexpr cap_value_t read = CAP_DAC_READ_SEARCH;
    cap_flag_value_t may = CAP_CLEAR;
    if (wanted && ::cap_get_flag(wanted.get(), read, CAP_PERMITTED, &may) == 0 && may == CAP_SET) {
        ::cap_set_flag(wanted.get(), CAP_EFFECTIVE, 1, &read, on ? CAP_SET : CAP_CLEAR);
        ::cap_set_proc(wanted.get());
    }
}

} // namespace privsep
