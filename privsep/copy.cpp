#include "privsep/copy.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace privsep
{

namespace
{

constexpr int has_thrown = 1;

void require(bool done)
{
    if (!done) {
        throw std::system_error{errno, std::generic_category(), "a copy of the process"};
    }
}

[[noreturn]] void be_the_copy(const std::function<void(int file)>& work, int file) noexcept
{
    try {
        work(file);
        ::_exit(0);
    } catch (const std::exception& failure) {
        const bool is_told =
            ::ftruncate(file, 0) == 0 && ::pwrite(file, failure.what(), std::strlen(failure.what()), 0) > 0;
        ::_exit(is_told ? has_thrown : has_thrown + 1);
    }
}

std::string text_of(int file)
{
    std::string text(200, '\0');
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

} // namespace

UniqueFd done_in_copy(const std::function<void(int file)>& work)
{
    UniqueFd file{::memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    require(static_cast<bool>(file));
    const pid_t pid = ::fork();
    require(pid >= 0);
    if (pid == 0) {
        be_the_copy(work, file.get());
    }
    siginfo_t end{};
    require(::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED) == 0);
    if (end.si_code != CLD_EXITED || end.si_status > has_thrown) {
        throw std::runtime_error{"a copy of the process has died"};
    }
    if (end.si_status == has_thrown) {
        throw std::runtime_error{text_of(file.get())};
    }
    return file;
}

} // namespace privsep
