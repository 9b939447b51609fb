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

/// Runs between vfork(2) and exec, in its parent's memory, which stands still meanwhile: so nothing is
/// allocated and nothing is changed there but `wanted`, the descriptors in the order of their places.
[[noreturn]] void become(const ChildStart& start, std::vector<int>& wanted, pid_t parent) noexcept
{
    const auto give_up_unless = [](bool done) {
        if (!done) {
            ::_exit(could_not_start);
        }
    };
    give_up_unless(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && ::getppid() == parent);
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
    // What is left is closed by exec: close-on-exec is set on all that the supervisor opens, and here on
    // whatever else there may be.
    give_up_unless(::close_range(static_cast<unsigned>(end), ~0U, CLOSE_RANGE_CLOEXEC) == 0);
    std::array<char*, 2> arguments{const_cast<char*>(start.name),
                                   nullptr}; // execveat(2) does not write there
    std::array<char*, 1> environment{nullptr};
    ::execveat(executable, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
    ::_exit(could_not_start);
}

} // namespace

pid_t spawn(const ChildStart& start)
{
    const pid_t self = ::getpid();
    std::vector<int> wanted{start.control, start.setup, start.filter, start.root};
    wanted.insert(wanted.end(), start.descriptors.begin(), start.descriptors.end());
    // fork(2) copies what maps our memory, only to let go of it again
    const pid_t pid = ::vfork(); // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (pid == 0) {
        become(start, wanted, self);
    }
    return pid;
}

} // namespace privsep
