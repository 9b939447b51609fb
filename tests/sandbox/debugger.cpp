#include "tests/sandbox/debugger.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <stdexcept>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/unique_fd.h"

namespace sandbox
{

namespace
{

constexpr std::uint64_t instruction_size = 2;
constexpr std::uint64_t no_call = ~std::uint64_t{0};
constexpr int at_a_call = SIGTRAP | 0x80;

/// The next stop of the process, as waitpid(2) reports it; false if it is gone.
bool wait_for_stop(pid_t pid, int& status)
{
    return ::waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

/// Seizes `pid` and stops it within a system call, so that the instruction before is one that enters the
/// kernel. A process that has just received a message may not be there yet.
bool stop_in_a_call(pid_t pid, user_regs_struct& registers)
{
    int status = 0;
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEVFORK) != 0) {
        return false;
    }
    constexpr int tries = 100000;
    for (int i = 0; i < tries; ++i) {
        if (::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0 || !wait_for_stop(pid, status) ||
            ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) {
            return false;
        }
        // the calls in which our processes, including the reader, wait
        if (registers.orig_rax == SYS_epoll_wait || registers.orig_rax == SYS_poll) {
            return true;
        }
        const int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
        ::ptrace(PTRACE_CONT, pid, nullptr, static_cast<long>(signal));
        ::sched_yield();
    }
    return false;
}

std::uint64_t number_of(const Call& call)
{
    constexpr std::uint64_t x32_bit = 0x40000000;
    return static_cast<std::uint64_t>(call.number) | (call.entry == Entry::x32 ? x32_bit : 0);
}

/// Sets the registers for the call, at the instruction that enters the kernel. For an i386 entry that
/// instruction is overwritten by `int $0x80`.
bool prepare(pid_t pid, user_regs_struct registers, const Call& call)
{
    registers.rip -= instruction_size;
    registers.orig_rax = no_call; // no call is restarted
    registers.rax = number_of(call);
    const auto& a = call.arguments;
    if (call.entry == Entry::i386) {
        registers.rbx = a[0], registers.rcx = a[1], registers.rdx = a[2];
        errno = 0;
        const long code = ::ptrace(PTRACE_PEEKTEXT, pid, registers.rip, nullptr);
        constexpr long two_bytes = 0xFFFF;
        constexpr long int_80 = 0x80CD;
        if (errno != 0 || ::ptrace(PTRACE_POKETEXT, pid, registers.rip, (code & ~two_bytes) | int_80) != 0) {
            return false;
        }
    } else {
        registers.rdi = a[0], registers.rsi = a[1], registers.rdx = a[2];
        registers.r10 = a[3], registers.r8 = a[4], registers.r9 = a[5];
    }
    return ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers) == 0;
}

/// Continues to the stop at the exit; a process that the call kills stops there too.
bool reach_exit(pid_t pid)
{
    int status = 0;
    const auto next = [&] {
        return ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) == 0 && wait_for_stop(pid, status) &&
               WSTOPSIG(status) == at_a_call;
    };
    const bool has_entered = next();
    return has_entered && next();
}

/// Sets the registers for another call, so that a process that survives runs no code of its own before the
/// next stop: it may share its memory with another one.
bool stay(pid_t pid, user_regs_struct& registers)
{
    return ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) == 0 && prepare(pid, registers, {SYS_getppid});
}

/// Runs through the entry and the exit, to the next stop or to the end of the process.
Fate run(pid_t pid)
{
    int status = 0;
    long signal = 0;
    Fate result = Fate::returned;
    for (int stops = 0; stops < 3; stops += signal == 0 ? 1 : 0) {
        const bool at_exit = stops == 2;
        user_regs_struct registers{};
        if (at_exit && !stay(pid, registers)) {
            return Fate::other;
        }
        if (static_cast<std::int64_t>(registers.rax) == -ENOSYS) {
            result = Fate::unknown;
        }
        if (::ptrace(PTRACE_SYSCALL, pid, nullptr, signal) != 0 || ::waitpid(pid, &status, __WALL) != pid) {
            return Fate::other;
        }
        if (WIFSIGNALED(status)) {
            return WTERMSIG(status) == SIGSYS ? Fate::killed
                                              : (WTERMSIG(status) == SIGILL ? Fate::illegal : Fate::other);
        }
        if (WIFEXITED(status)) {
            return Fate::returned; // exit_group(2) is allowed
        }
        signal = WSTOPSIG(status) == SIGILL ? SIGILL : 0;
    }
    return result;
}

} // namespace

std::string to_text(Fate fate)
{
    switch (fate) {
    case Fate::killed:
        return "killed";
    case Fate::illegal:
        return "illegal";
    case Fate::returned:
        return "returned";
    case Fate::unknown:
        return "unknown";
    case Fate::other:
        break;
    }
    return "other";
}

Debugger::Debugger(pid_t pid) : pid_(pid)
{
    if (!stop_in_a_call(pid, registers_)) {
        throw std::runtime_error{"the process cannot be seized"};
    }
}

Debugger::~Debugger()
{
    user_regs_struct registers = registers_; // the interrupted call is repeated
    registers.rip -= instruction_size;
    registers.rax = registers.orig_rax;
    registers.orig_rax = no_call;
    ::ptrace(PTRACE_SETREGS, pid_, nullptr, &registers);
    if (::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr) != 0) {
        int status = 0;
        ::waitpid(pid_, &status, __WALL); // the tracer must reap it before its parent
    }
}

std::optional<std::int64_t> Debugger::issue(std::int64_t number,
                                            const std::array<std::uint64_t, 6>& arguments)
{
    user_regs_struct after{};
    const bool lives = prepare(pid_, registers_, {number, arguments}) && reach_exit(pid_) &&
                       ::ptrace(PTRACE_GETREGS, pid_, nullptr, &after) == 0;
    return lives ? std::optional{static_cast<std::int64_t>(after.rax)} : std::nullopt;
}

std::uint64_t Debugger::put(base::Bytes bytes, std::size_t offset)
{
    constexpr std::uint64_t room = 65536; // below the stack and the red zone of a function
    const std::uint64_t address = (registers_.rsp - room - 256) / 16 * 16 + offset;
    const privsep::UniqueFd memory{
        ::open(("/proc/" + std::to_string(pid_) + "/mem").c_str(), O_RDWR | O_CLOEXEC)};
    if (::pwrite(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(address)) !=
        static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error{"no room in the process"};
    }
    return address;
}

/// `copy` has just been started, and shares the memory of its parent, which waits for its exit.
Fate Debugger::run_copy(pid_t copy, const Call& call) const
{
    int status = 0;
    user_regs_struct registers{};
    if (!wait_for_stop(copy, status) || ::ptrace(PTRACE_GETREGS, copy, nullptr, &registers) != 0 ||
        !prepare(copy, registers, call)) {
        return Fate::other;
    }
    const Fate fate = run(copy);
    if (fate == Fate::returned || fate == Fate::unknown) {
        ::kill(copy, SIGKILL);
        ::waitpid(copy, &status, __WALL);
    }
    return fate;
}

Fate Debugger::fate_of_copy(const Call& call)
{
    constexpr std::uint64_t flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    const auto code_at = registers_.rip - instruction_size; // the copy may write another instruction there
    const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, code_at, nullptr);
    const std::array<std::uint8_t, sizeof(int)> room{};
    const std::uint64_t handle_at = put(room);
    int status = 0;
    unsigned long copy = 0;
    const bool has_started = prepare(pid_, registers_, {SYS_clone, {flags, 0, handle_at}}) &&
                             ::ptrace(PTRACE_CONT, pid_, nullptr, nullptr) == 0 &&
                             wait_for_stop(pid_, status) && status >> 16 == PTRACE_EVENT_VFORK &&
                             ::ptrace(PTRACE_GETEVENTMSG, pid_, nullptr, &copy) == 0 &&
                             ::ptrace(PTRACE_SYSCALL, pid_, nullptr, nullptr) == 0;
    const Fate fate = has_started ? run_copy(static_cast<pid_t>(copy), call) : Fate::other;
    const bool continues = has_started && wait_for_stop(pid_, status) && WSTOPSIG(status) == at_a_call &&
                           ::ptrace(PTRACE_POKETEXT, pid_, code_at, code) == 0;
    const auto handle =
        static_cast<std::uint32_t>(::ptrace(PTRACE_PEEKDATA, pid_, handle_at, nullptr)); // a pidfd
    return continues && issue(SYS_close, {handle}) == 0 ? fate : Fate::other;
}

Fate issue(pid_t pid, const Call& call)
{
    user_regs_struct registers{};
    return stop_in_a_call(pid, registers) && prepare(pid, registers, call) ? run(pid) : Fate::other;
}

} // namespace sandbox
