#include "privsep/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privsep/counter_page.h"
#include "privsep/fail.h"
#include "privsep/landlock.h"

namespace privsep
{

namespace
{

struct NamedLayer {
    SandboxLayer layer;
    const char* name;
};

constexpr auto layers = std::to_array({
    NamedLayer{SandboxLayer::no_new_privileges, "no new privileges"},
    NamedLayer{SandboxLayer::no_capabilities, "no capabilities"},
    NamedLayer{SandboxLayer::not_dumpable, "not dumpable"},
    NamedLayer{SandboxLayer::seccomp, "seccomp"},
    NamedLayer{SandboxLayer::not_root, "not root"},
    NamedLayer{SandboxLayer::empty_root, "empty root directory"},
    NamedLayer{SandboxLayer::empty_network, "empty network namespace"},
    NamedLayer{SandboxLayer::landlock, "Landlock"},
    NamedLayer{SandboxLayer::no_executable_memory, "no executable memory"},
});

constexpr std::uint32_t bit(SandboxLayer layer, bool in_place = true) noexcept
{
    return in_place ? static_cast<std::uint32_t>(layer) : 0;
}

bool is_open(int fd) noexcept
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

/// For ps(1), which shows 15 characters.
void name_process(const char* name) noexcept
{
    ::prctl(PR_SET_NAME, name, 0, 0, 0);
}

/// `root` is empty and was deleted, so no file can be reached or created in it.
bool enter_empty_root(const UniqueFd& root) noexcept
{
    return root && ::fchdir(root.get()) == 0 && ::chroot(".") == 0 && ::chdir("/") == 0;
}

bool is_not_root() noexcept
{
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    return ::getresuid(&real, &effective, &saved) == 0 && real != 0 && effective != 0 && saved != 0;
}

constexpr uid_t overflow_id = 65534;

/// False if there is no right to do it, or if this user namespace does not map the id.
bool become(uid_t id) noexcept
{
    return ::setresgid(id, id, id) == 0 && ::setresuid(id, id, id) == 0;
}

/// A user namespace may map few ids, and other ids for groups than for users.
bool become_highest() noexcept
{
    gid_t gid = overflow_id;
    while (gid > 0 && ::setresgid(gid, gid, gid) != 0) {
        --gid;
    }
    uid_t uid = gid > 0 ? overflow_id : 0;
    while (uid > 0 && ::setresuid(uid, uid, uid) != 0) {
        --uid;
    }
    return uid > 0;
}

/// Without CAP_SETPCAP this fails; then no_new_privs has the same effect.
void drop_bounding_set() noexcept
{
    for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {}
}

void drop_capabilities()
{
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
            0); // fails on a kernel without ambient capabilities
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;
    Sets ours{};
    require(::syscall(SYS_capget, &header, ours.data()) == 0, "reading the capabilities");
    const bool none_left = std::ranges::all_of(ours, [](const __user_cap_data_struct& set) {
        return (set.effective | set.permitted | set.inheritable) == 0;
    });
    if (!none_left) { // if there is none, no call: a service manager's filter may refuse it
        Sets none{};
        require(::syscall(SYS_capset, &header, none.data()) == 0, "dropping capabilities");
    }
}

/// Lowers both limits to `value`; never raises the hard limit.
void limit(__rlimit_resource resource, rlim_t value)
{
    rlimit now{};
    require(::getrlimit(resource, &now) == 0, "getrlimit");
    const rlim_t lowered = std::min(value, now.rlim_max);
    const rlimit both{lowered, lowered};
    require(::setrlimit(resource, &both) == 0, "setrlimit");
}

bool forbid_executable_memory() noexcept
{
    constexpr int set_mdwe = 65; // PR_SET_MDWE, Linux 6.3
    constexpr unsigned long refuse_exec_gain = 1;
    return ::prctl(set_mdwe, refuse_exec_gain, 0, 0, 0) == 0;
}

const NamedLayer& named(SandboxLayer layer) noexcept
{
    return *std::ranges::find(layers, layer, &NamedLayer::layer);
}

} // namespace

Inherited inherit()
{
    if (!is_open(control_fd) || !is_open(setup_fd) || !is_open(filter_fd)) {
        fail("this program is a part of nanodnsd and is started only by it");
    }
    Inherited inherited;
    inherited.control = ControlChannel{Channel{UniqueFd{control_fd}}};
    const UniqueFd setup{setup_fd};
    inherited.setup = Mapping{setup.get()};
    const UniqueFd filter{filter_fd};
    inherited.sandbox = Sandbox{filter.get()};
    inherited.root = UniqueFd{is_open(root_fd) ? root_fd : -1};
    if (const UniqueFd counters{is_open(counters_fd) ? counters_fd : -1}) {
        inherited.counters = map_counters(counters.get());
    }
    for (int fd = first_fd; is_open(fd); ++fd) {
        inherited.descriptors.emplace_back(fd);
    }
    return inherited;
}

void become_nobody()
{
    constexpr uid_t beyond_all = 0xFF800000; // above all ids in use; each pid gets an id of its own
    constexpr uid_t pids = 1U << 22;
    const uid_t own = beyond_all + (static_cast<uid_t>(::getpid()) % pids);
    // a user namespace may forbid setgroups(2)
    require(::setgroups(0, nullptr) == 0 || ::getgroups(0, nullptr) == 0, "setgroups");
    require(become(own) || become_highest(), "becoming another user");
    // The change of uid has cleared it.
    require(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0, "PR_SET_PDEATHSIG");
}

const char* name_of(SandboxLayer layer) noexcept
{
    return named(layer).name;
}

std::string missing_layers(std::uint32_t bits)
{
    std::string names;
    for (const NamedLayer& layer : layers) {
        if ((bits & bit(layer.layer)) == 0) {
            names += (names.empty() ? "" : ", ");
            names += layer.name;
        }
    }
    return names;
}

std::string why_missing(SandboxLayer layer)
{
    constexpr int get_mdwe = 66; // PR_GET_MDWE, Linux 6.3
    const bool is_there =
        layer == SandboxLayer::landlock ? has_landlock() : ::prctl(get_mdwe, 0, 0, 0, 0) >= 0;
    return is_there ? "refused" : base::filled("the kernel says: {}", {std::strerror(errno)});
}

std::uint32_t lock_down(const char* process, Inherited& inherited, Root root)
{
    name_process(process);
    std::uint32_t in_place = bit(SandboxLayer::empty_root, enter_empty_root(inherited.root));
    inherited.root.reset();
    drop_bounding_set();
    if (root == Root::becomes_nobody && !is_not_root()) {
        become_nobody();
    }
    require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "PR_SET_DUMPABLE"); // a change of uid sets it again
    in_place |= bit(SandboxLayer::not_dumpable);
    drop_capabilities();
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    in_place |= bit(SandboxLayer::no_capabilities) | bit(SandboxLayer::no_new_privileges);
    in_place |= bit(SandboxLayer::not_root, is_not_root());
    in_place |= bit(SandboxLayer::landlock, deny_files());
    in_place |= bit(SandboxLayer::no_executable_memory, forbid_executable_memory());

    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, 0);
    return in_place |
           bit(SandboxLayer::seccomp); // the caller reports this only after it has loaded the filter
}

void limit_descriptors(unsigned most)
{
    limit(RLIMIT_NOFILE, most);
}

} // namespace privsep
