#include "privsep/spawn.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privsep/child.h"

namespace privsep
{

namespace
{

constexpr int could_not_start = 127; // a shell's status

/// The arguments of become().
struct Plan {
    const ChildStart& start;
    std::vector<int> wanted; ///< descriptors in the order of their places
    pid_t parent;
};

/// Closes all descriptors from `first` on but `kept`. If close_range(2) is missing (before Linux 5.9) or
/// refused, exec closes them, since the supervisor sets close-on-exec on all its descriptors.
void close_all_but(int kept, int first) noexcept
{
    if (kept > first) {
        ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(kept - 1), 0);
    }
    ::close_range(static_cast<unsigned>(kept + 1), ~0U, 0);
}

/// Runs between clone(2) and exec in the memory of its parent, which is suspended. So it must not allocate
/// memory and may change only `plan`. It has a table of descriptors of its own.
[[noreturn]] void become(Plan& plan) noexcept
{
    const ChildStart& start = plan.start;
    std::vector<int>& wanted = plan.wanted;
    const auto give_up_unless = [](bool done) {
        if (!done) {
            ::_exit(could_not_start);
        }
    };
    give_up_unless(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && ::getppid() == plan.parent);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal :
         {SIGINT, SIGHUP}) {       // a terminal sends them to all; the supervisor stops its children
        ::signal(signal, SIG_IGN); // NOLINT(performance-no-int-to-ptr): the macro's own cast
    }

    // First move all of them above their targets, so that none is overwritten while it is still needed.
    const int end = control_fd + static_cast<int>(wanted.size());
    const int executable = ::fcntl(start.executable, F_DUPFD_CLOEXEC, end);
    give_up_unless(executable >= 0);
    for (int& fd : wanted) {
        fd = fd >= 0 ? ::fcntl(fd, F_DUPFD, end) : -1;
    }
    for (int target = control_fd; const int fd : wanted) {
        give_up_unless(fd < 0 || ::dup2(fd, target) == target);
        if (fd < 0) {
            ::close(target);
        }
        ++target;
    }
    close_all_but(executable, end);
    std::array<char*, 2> arguments{const_cast<char*>(start.name),
                                   nullptr}; // execveat(2) does not write there
    std::array<char*, 1> environment{nullptr};
    ::execveat(executable, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
    ::_exit(could_not_start);
}

int become_child(void* plan) noexcept
{
    become(*static_cast<Plan*>(plan));
}

/// Enough for become(), also with a sanitizer's versions of the functions that it calls.
constexpr std::size_t stack_bytes = 65536;

} // namespace

bool kill_process(const UniqueFd& process) noexcept
{
    return ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0U) == 0;
}

Process spawn(const ChildStart& start)
{
    Plan plan{start, {start.control, start.setup, start.filter, start.root, start.counters}, ::getpid()};
    plan.wanted.insert(plan.wanted.end(), start.descriptors.begin(), start.descriptors.end());
    void* const stack =
        ::mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) { // NOLINT(performance-no-int-to-ptr): the macro's own cast
        return {};
    }
    // As vfork(2): fork(2) would copy the page tables, only to drop them at exec.
    int process = -1;
    const pid_t pid = ::clone(become_child, static_cast<std::byte*>(stack) + stack_bytes,
                              CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &process);
    ::munmap(stack, stack_bytes);
    return {pid, UniqueFd{pid < 0 ? -1 : process}};
}

} // namespace privsep
