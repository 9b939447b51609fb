#include "privsep/spawn.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/fail.h"

namespace privsep
{

namespace
{

constexpr int could_not_start = 127; // as a shell says it

/// What become() needs, in memory: a register may not survive vfork(2).
struct Plan {
    const ChildStart& start;
    std::vector<int> wanted; ///< descriptors in the order of their places
    pid_t parent;
};

/// Closes all descriptors from `first` on but `kept`. Where the kernel lacks close_range(2), before
/// Linux 5.9, or a launcher refuses it, exec closes them: close-on-exec is set on all that the supervisor
/// opens or finds.
void close_all_but(int kept, int first) noexcept
{
    if (kept > first) {
        ::close_range(static_cast<unsigned>(first), static_cast<unsigned>(kept - 1), 0);
    }
    ::close_range(static_cast<unsigned>(kept + 1), ~0U, 0);
}

/// Runs between vfork(2) and exec, in its parent's memory, which stands still meanwhile: so nothing is
/// allocated and nothing is changed there but `plan`. Its table of descriptors is its own.
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
    for (const int signal : {SIGINT, SIGHUP}) { // a terminal's are for the supervisor, which ends us in order
        ::signal(signal, SIG_IGN);              // NOLINT(performance-no-int-to-ptr): the macro's own cast
    }

    // First all of them out of the way, so that none is overwritten while it is still needed.
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

} // namespace

pid_t spawn(const ChildStart& start)
{
    Plan plan{start, {start.control, start.setup, start.filter, start.root}, ::getpid()};
    plan.wanted.insert(plan.wanted.end(), start.descriptors.begin(), start.descriptors.end());
    // fork(2) copies what maps our memory, only to let go of it again
    const pid_t pid = ::vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (pid == 0) {
        become(plan);
    }
    return pid;
}

} // namespace privsep
