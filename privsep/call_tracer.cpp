#include "privsep/call_tracer.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "privsep/sanitizer_calls.h"
#include "privsep/unique_fd.h"
#include "proto/base/text.h"

namespace privsep
{

namespace
{

std::string name_of_call(std::uint64_t number)
{
    char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
    std::string result = name != nullptr ? name : base::filled("number {}", {number});
    std::free(name); // seccomp_syscall_resolve_num_arch(3): the caller must free it
    return result;
}

class Tracer
{
public:
    explicit Tracer(const CallRefused& refused) : refused_(refused) {}

    bool seize(pid_t pid)
    {
        constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
        return ::ptrace(PTRACE_SEIZE, pid, nullptr, options) == 0 &&
               ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0;
    }

    /// Runs until all traced processes have exited. Returns the wait status of `first`.
    int watch(pid_t first)
    {
        int result = -1;
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, __WALL)) > 0;) {
            if (WIFSTOPPED(status)) {
                resume(pid, status);
                continue;
            }
            if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
                refused_(pid, name_of_call(last_call_of(pid)));
            }
            std::erase_if(calls_, [pid](const LastCall& call) { return call.pid == pid; });
            result = pid == first ? status : result;
        }
        return result;
    }

private:
    struct LastCall {
        pid_t pid = 0;
        std::uint64_t number = 0;
    };

    void resume(pid_t pid, int status)
    {
        constexpr int at_a_call = SIGTRAP | 0x80;
        const int event = status >> 16;
        int signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) { // a group-stop: it lasts until SIGCONT
            ::ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
            return;
        }
        if (signal == at_a_call) {
            remember_call(pid);
        }
        if (event != 0 || signal == at_a_call) {
            signal = 0;
        }
        ::ptrace(PTRACE_SYSCALL, pid, nullptr, static_cast<long>(signal));
    }

    /// The kernel stops the process before the filter runs.
    void remember_call(pid_t pid)
    {
        __ptrace_syscall_info info{};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
            info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            last_call_of(pid) = info.entry.nr;
        }
    }

    std::uint64_t& last_call_of(pid_t pid)
    {
        const auto found = std::ranges::find(calls_, pid, &LastCall::pid);
        return found != calls_.end() ? found->number : calls_.emplace_back(LastCall{pid, 0}).number;
    }

    const CallRefused& refused_;
    std::vector<LastCall> calls_; ///< a few, so there is no need for a map
};

/// In the child: waits until the parent closes the pipe. From here on the child is killed if its parent
/// exits.
void wait_until_traced(std::array<int, 2> pipe, pid_t parent) noexcept
{
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::getppid() != parent) {
        ::_exit(EXIT_FAILURE);
    }
    ::close(pipe[1]);
    char byte = 0;
    while (::read(pipe[0], &byte, 1) > 0) {}
    ::close(pipe[0]);
}

} // namespace

int run_watched(const std::function<void()>& work, const CallRefused& refused,
                const std::function<void()>& unwatched)
{
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        return -1;
    }
    UniqueFd read_end{pipe[0]};
    UniqueFd write_end{pipe[1]};
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
        wait_until_traced(pipe, parent);
        work();
        ::_exit(EXIT_SUCCESS);
    }
    if (pid < 0) {
        return -1;
    }
    Tracer tracer{refused};
    if constexpr (!is_sanitized) { // LeakSanitizer does not work in a traced process
        if (!tracer.seize(pid)) {
            unwatched();
        }
    }
    write_end.reset();
    return tracer.watch(pid);
}

} // namespace privsep
