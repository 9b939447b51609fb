#include "privsep/copy.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/fail.h"

namespace privsep
{

namespace
{

[[noreturn]] void run_copy(const std::function<void(int file)>& work, int file) noexcept
{
    write_failure_to(file);
    work(file);
    ::_exit(EXIT_SUCCESS);
}

std::string text_of(int file)
{
    std::string text(200, '\0');
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

} // namespace

Copied done_in_copy(const std::function<void(int file)>& work)
{
    Copied copied{UniqueFd{::memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING)}, ""};
    const pid_t pid = copied.file ? ::fork() : -1;
    if (pid == 0) {
        run_copy(work, copied.file.get());
    }
    siginfo_t end{};
    if (pid < 0 || ::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED) != 0) {
        copied.failure = base::filled("cannot fork a copy of the process: {}", {std::strerror(errno)});
    } else if (end.si_code != CLD_EXITED || end.si_status > EXIT_FAILURE) {
        copied.failure = "a forked copy of the process died";
    } else if (end.si_status == EXIT_FAILURE) {
        copied.failure = text_of(copied.file.get());
    }
    return copied;
}

} // namespace privsep
