#include "privsep/privileges.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <netinet/in.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "privsep/child.h"
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

/// True if the loopback device is down, as in a new network namespace: nothing can be reached.
bool network_is_empty() noexcept
{
    const UniqueFd probe{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_port = htons(9); // connect(2) of a datagram socket looks up a route and sends nothing
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
        add(wanted, CAP_EFFECTIVE, CAP_KILL); // PR_SET_PDEATHSIG needs it for children of another user
    }
    // not called if nothing changes: a service manager's filter may refuse capset(2)
    const Capabilities now{::cap_get_proc()};
    require((now && ::cap_compare(now.get(), wanted.get()) == 0) || ::cap_set_proc(wanted.get()) == 0,
            "dropping capabilities");
}

void drop_bounding_set(bool keep_chroot)
{
    for (cap_value_t capability = 0; ::cap_get_bound(capability) >= 0; ++capability) {
        if (capability != CAP_SYS_CHROOT || !keep_chroot) {
            ::cap_drop_bound(capability); // fails without CAP_SETPCAP; then there is nothing to gain either
        }
    }
}

[[noreturn]] void fail_to_change_identity(const Identity& identity)
{
    const int error = errno;
    fail("cannot change to uid {} and gid {}: {}{}",
         {identity.uid, identity.gid, std::strerror(error),
          error == EINVAL
              ? ": this user namespace does not map both: map them, or set user= to a user that is mapped"
              : ""});
}

/// The order matters: after each step the previous ones are no longer permitted.
void change_identity(const Identity& identity)
{
    // a user namespace may deny setgroups(2)
    const bool has_groups = ::setgroups(1, &identity.gid) == 0 || ::getgroups(0, nullptr) == 0;
    if (!has_groups || ::setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
        ::setresuid(identity.uid, identity.uid, identity.uid) != 0) {
        fail_to_change_identity(identity);
    }
}

constexpr int new_namespaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS;

/// Returns the reason if it fails, otherwise an empty string.
std::string enter_namespaces()
{
    const bool is_permitted = have(CAP_SYS_ADMIN);
    if (::unshare(new_namespaces) == 0) {
        return "";
    }
    return is_permitted ? base::filled("unshare: {}", {std::strerror(errno)}) : "no CAP_SYS_ADMIN";
}

/// For a process that is not root. No ids are mapped: none are needed, and outside of the namespace nothing
/// changes for files and processes. Afterwards the process has all capabilities, but only over the new
/// namespaces.
bool enter_user_namespace(std::string& why_not)
{
    if (::unshare(CLONE_NEWUSER | new_namespaces) == 0) {
        why_not.clear();
        return true;
    }
    why_not += base::filled(" and user namespaces are refused: {}", {std::strerror(errno)});
    return false;
}

/// Children keep an ambient capability across execve(2). If this fails, they have no empty root.
bool make_ambient(cap_value_t capability) noexcept
{
    return ::cap_set_ambient(capability, CAP_SET) == 0;
}

} // namespace

Identity find_identity(const std::string& user, const std::string& group)
{
    // In a copy, because the name service (NSS) loads libraries that would stay in this process.
    const Copied answer = done_in_copy([&](int file) {
        const Identity found = look_up_identity(user, group);
        require(::write(file, &found, sizeof found) == ssize_t{sizeof found}, "writing the identity");
        change_identity(found); // tried now, so that an error is found before sockets are bound
    });
    if (!answer.failure.empty()) {
        fail("{}", {answer.failure});
    }
    Identity identity;
    require(::pread(answer.file.get(), &identity, sizeof identity, 0) == ssize_t{sizeof identity},
            "reading the identity");
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

void require_right_to_change_user()
{
    if (!is_root()) {
        return;
    }
    constexpr const char* advice =
        "start nanodnsd as another user (which needs CAP_NET_BIND_SERVICE for ports below 1024)";
    if (!have(CAP_SETUID) || !have(CAP_SETGID)) {
        fail("root without CAP_SETUID and CAP_SETGID cannot change to another user, and nanodnsd does not "
             "run as "
             "root: {}, or give it these two capabilities",
             {advice});
    }
    const Copied tried = done_in_copy([](int /*file*/) { become_nobody(); });
    if (!tried.failure.empty()) {
        fail("root cannot change to another user here, and nanodnsd does not run as root: {}: {}, or map "
             "other "
             "ids into this user namespace",
             {tried.failure, advice});
    }
}

ActingAs::ActingAs(const Identity& identity) noexcept
    : gid_before_(static_cast<gid_t>(::setfsgid(identity.gid))),
      uid_before_(static_cast<uid_t>(::setfsuid(identity.uid)))
{
}

ActingAs::~ActingAs()
{
    ::setfsuid(uid_before_);
    ::setfsgid(gid_before_);
}

bool can_read_as(const Identity& identity, const std::string& path)
{
    // In a copy that really changes its identity, so that the kernel decides.
    const Copied asked = done_in_copy([&](int /*file*/) {
        change_identity(identity);
        require(::access(path.c_str(), R_OK) == 0, "access");
    });
    return asked.failure.empty();
}

Isolation give_up_privileges(const std::optional<Identity>& identity, bool read_config)
{
    Isolation result;
    std::string& why = result.why_no_empty_network;
    why = enter_namespaces();
    drop_bounding_set(have(CAP_SYS_CHROOT)); // needs CAP_SETPCAP, which the change of user drops
    if (identity) {
        // Keeps the permitted set across the change of user; set_capabilities() below chooses what stays. It
        // may fail if the securebits are locked; then all capabilities are dropped.
        ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
        change_identity(*identity);
    }
    const bool read = read_config && have(CAP_DAC_READ_SEARCH);
    result.can_read_config = read;
    bool kill = identity && have(CAP_KILL);
    if (!why.empty() && read) {
        why += ", and in a user namespace the config could not be read at a reload";
    } else if (!why.empty() && enter_user_namespace(why)) {
        kill = false; // it has no effect on processes outside of the namespace
        drop_bounding_set(true);
    }
    const bool chroot = have(CAP_SYS_CHROOT);
    result.why_no_empty_root = chroot ? "" : "no CAP_SYS_CHROOT";
    set_capabilities(chroot, read, kill);
    if (chroot && !make_ambient(CAP_SYS_CHROOT)) {
        result.why_no_empty_root = base::filled("no ambient capabilities: {}", {std::strerror(errno)});
    }
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "PR_SET_DUMPABLE");
    if (network_is_empty()) { // the service manager may have set it up
        why.clear();
    }
    return result;
}

void give_up_killing()
{
    if (!have(CAP_KILL)) { // a service manager's filter may refuse capset(2)
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
