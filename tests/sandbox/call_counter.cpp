#include "tests/sandbox/call_counter.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sandbox/lists.h"
#include "tests/support/process.h"

namespace sandbox
{

using privsep::Syscall;

namespace
{

constexpr std::size_t most_rows = 160;
constexpr std::size_t most_numbers = 512;

} // namespace

struct CallCounter::Counts {
    using Rows = std::array<bool, most_rows>;
    using Numbers = std::array<bool, most_numbers>;
    std::array<Rows, processes.size()> used;
    std::array<Numbers, processes.size()> strangers;

    void count(std::size_t process, const std::vector<Syscall>& list, int number, const Arguments& arguments)
    {
        bool is_listed = false;
        for (std::size_t row = 0; row < list.size(); ++row) {
            if (list[row].number == number && holds(list[row], arguments)) {
                used.at(process).at(row) = true;
                is_listed = true;
            }
        }
        strangers.at(process).at(static_cast<std::size_t>(number)) |= !is_listed;
    }
};

namespace
{

/// The entry and exit of a call, from PTRACE_GET_SYSCALL_INFO.
using Info = __ptrace_syscall_info;

template <typename Counts>
class Tracer
{
public:
    explicit Tracer(Counts& counts) : counts_(counts) {}

    /// Runs until no process is left.
    void watch()
    {
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, __WALL)) > 0;) {
            if (WIFSTOPPED(status)) {
                go_on(pid, status);
            } else {
                processes_.erase(pid);
            }
        }
    }

private:
    struct Process {
        int number = -1;
        Arguments arguments{};
        std::size_t index = 0; ///< in CallCounter::processes; 0 until it has a filter of its own
        std::vector<Syscall> list;
    };

    void go_on(pid_t pid, int status)
    {
        constexpr int call = SIGTRAP | 0x80;
        const int event = status >> 16;
        int signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) { // stopped outside of a call
            ::ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
            return;
        }
        if (signal == call) {
            see(pid);
        }
        if (event != 0 || signal == call) {
            signal = 0;
        }
        ::ptrace(PTRACE_SYSCALL, pid, nullptr, static_cast<long>(signal));
    }

    void see(pid_t pid)
    {
        Info info{};
        ::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
        Process& process = processes_[pid];
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            process.number = static_cast<int>(info.entry.nr);
            std::copy_n(std::begin(info.entry.args), process.arguments.size(), process.arguments.begin());
            count(process);
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == 0 && loads_a_filter(process)) {
            begin(pid, process);
        }
    }

    void count(const Process& process)
    {
        if (!supervisor_.empty()) {
            counts_.count(0, supervisor_, process.number, process.arguments);
        }
        if (process.index != 0) {
            counts_.count(process.index, process.list, process.number, process.arguments);
        }
    }

    static bool loads_a_filter(const Process& process)
    {
        constexpr std::uint64_t set_mode_filter = 1;
        return process.number == SYS_seccomp && process.arguments[0] == set_mode_filter &&
               process.arguments[2] != 0; // without a filter: libseccomp probes the kernel
    }

    void begin(pid_t pid, Process& process)
    {
        if (support::read_proc(pid, "comm") == "nanodnsd\n") {
            supervisor_ = list_of("supervisor");
            return;
        }
        const std::string name = support::read_proc(pid, "cmdline").c_str(); // up to its first zero byte
        for (std::size_t i = 1; i < CallCounter::processes.size(); ++i) {
            if (std::string{"nanodnsd-"} + CallCounter::processes.at(i) == name) {
                process.index = i;
                process.list = list_of(CallCounter::processes.at(i));
            }
        }
    }

    Counts& counts_;
    std::map<pid_t, Process> processes_;
    std::vector<Syscall> supervisor_; ///< empty until its filter is loaded
};

} // namespace

CallCounter::CallCounter()
{
    void* shared = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    std::array<int, 2> pipe{};
    if (shared == MAP_FAILED || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error{"no room for the counts"};
    }
    counts_ = new (shared) Counts{};
    ended_ = {privsep::UniqueFd{pipe[0]}, privsep::UniqueFd{pipe[1]}};
}

CallCounter::~CallCounter()
{
    ::munmap(counts_, sizeof(Counts));
}

/// The tracer is a separate process without a parent here, so that the test and the daemon can wait for their
/// own children.
std::function<void()> CallCounter::before_exec()
{
    return [this] {
        const pid_t watched = ::getpid();
        std::array<int, 2> go{};
        if (::pipe2(go.data(), O_CLOEXEC) != 0) {
            ::_exit(1);
        }
        const pid_t between = ::fork();
        if (between == 0) {
            if (::fork() != 0) {
                ::_exit(0);
            }
            ::setsid();
            ::close(STDOUT_FILENO);
            ::close(STDERR_FILENO);
            constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
            if (::ptrace(PTRACE_SEIZE, watched, nullptr, options) == 0 &&
                ::ptrace(PTRACE_INTERRUPT, watched, nullptr, nullptr) == 0) {
                ::close(go[0]);
                ::close(go[1]);
                Tracer<Counts>{*counts_}.watch();
            }
            ::_exit(0);
        }
        ::close(go[1]);
        char byte = 0;
        [[maybe_unused]] const ssize_t end =
            ::read(go[0], &byte, 1); // end of file: the process is traced now
        ::close(go[0]);
        ::waitpid(between, nullptr, 0);
    };
}

bool CallCounter::finish()
{
    ended_[1].reset();
    pollfd wait{ended_[0].get(), POLLIN, 0};
    const int patience_ms = static_cast<int>(std::chrono::milliseconds{support::patience}.count());
    return ::poll(&wait, 1, patience_ms) == 1;
}

std::set<std::string> CallCounter::used(const std::string& process) const
{
    const auto index =
        static_cast<std::size_t>(std::find(processes.begin(), processes.end(), process) - processes.begin());
    const std::vector<Syscall> list = list_of(process);
    std::set<std::string> result;
    for (std::size_t row = 0; row < list.size(); ++row) {
        if (counts_->used.at(index).at(row)) {
            result.insert(to_text(list[row]));
        }
    }
    return result;
}

std::set<int> CallCounter::strangers(const std::string& process) const
{
    const auto index =
        static_cast<std::size_t>(std::find(processes.begin(), processes.end(), process) - processes.begin());
    std::set<int> result;
    for (std::size_t number = 0; number < most_numbers; ++number) {
        if (counts_->strangers.at(index).at(number)) {
            result.insert(static_cast<int>(number));
        }
    }
    return result;
}

} // namespace sandbox
