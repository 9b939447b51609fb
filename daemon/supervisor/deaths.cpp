#include "daemon/supervisor/deaths.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace supervisor
{

namespace
{

/// The decimal number after `key` in a line of key=value words.
std::optional<std::uint64_t> number_after(std::string_view line, std::string_view key)
{
    constexpr std::uint64_t largest = 0xFFFFFFFF;
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    line.remove_prefix(at + key.size());
    return base::parse_decimal(line.substr(0, line.find_first_not_of("0123456789")), largest);
}

} // namespace

siginfo_t wait_for_exit(pid_t pid) noexcept
{
    siginfo_t death{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &death, WEXITED) != 0 && errno == EINTR) {}
    return death;
}

std::string describe_death(const siginfo_t& death)
{
    if (death.si_code == CLD_EXITED) {
        return base::filled("exited with status {}", {death.si_status});
    }
    return base::filled("was killed by signal {} ({})", {death.si_status, ::strsignal(death.si_status)});
}

bool was_refused_a_call(const siginfo_t& death) noexcept
{
    return death.si_code != CLD_EXITED && death.si_status == SIGSYS;
}

std::optional<std::string> refused_call(std::string_view kernel_log_line, pid_t pid)
{
    constexpr std::string_view seccomp_record = "audit: type=1326 "; // AUDIT_SECCOMP
    const std::size_t record = kernel_log_line.find(seccomp_record);
    if (record == std::string_view::npos) {
        return std::nullopt;
    }
    // the process chooses the text after comm=, so the pid is taken only from before it
    const std::string_view line = kernel_log_line.substr(record);
    const std::size_t chosen = line.find(" comm=");
    if (number_after(line.substr(0, chosen), " pid=") != static_cast<std::uint64_t>(pid)) {
        return std::nullopt;
    }
    const std::size_t signal = line.rfind(" sig=");
    const auto number = number_after(line.substr(std::min(signal, line.size())), " syscall=");
    if (!number) {
        return std::nullopt;
    }
    char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(*number));
    std::string result = name != nullptr ? name : base::filled("number {}", {*number});
    std::free(name); // the caller owns it
    return result;
}

KernelLog::KernelLog() noexcept : log_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC))
{
    if (log_) {
        ::lseek(log_.get(), 0, SEEK_END);
    }
}

std::optional<std::string> KernelLog::refused_call(pid_t pid) const
{
    constexpr int patience_ms = 100; // the record is written by a kernel thread
    constexpr int most_lines = 1000;
    std::array<char, 8192> line; // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    for (int i = 0; log_ && i < most_lines; ++i) {
        pollfd wait{log_.get(), POLLIN, 0};
        const ssize_t size =
            ::poll(&wait, 1, patience_ms) > 0 ? ::read(log_.get(), line.data(), line.size()) : 0;
        if (size == 0 || (size < 0 && errno != EPIPE)) { // EPIPE: lines were overwritten, read on
            break;
        }
        auto call = size > 0 ? supervisor::refused_call({line.data(), static_cast<std::size_t>(size)}, pid)
                             : std::nullopt;
        if (call) {
            return call;
        }
    }
    return std::nullopt;
}

std::string describe_death(const std::string& who, const siginfo_t& death, const KernelLog& kernel_log)
{
    std::string line = base::filled("{} (pid {}) {}", {who, death.si_pid, describe_death(death)});
    if (was_refused_a_call(death)) {
        const auto call = kernel_log.refused_call(death.si_pid);
        line += call ? ": its filter refuses the system call " + *call
                     : ": its filter refuses a system call; 'nanodnsd -n' prints which one";
    }
    return line;
}

} // namespace supervisor
