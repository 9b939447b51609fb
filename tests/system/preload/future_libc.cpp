// Loaded before libc (tests/system/trial.cpp): makes a system call that no filter allows, as a future libc
// might. Only in the responder, so that the other processes start.
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

void make_the_call() noexcept
{
    if (std::strcmp(program_invocation_short_name, "nanodnsd-responder") == 0) {
        ::syscall(SYS_getpgid, 0);
    }
}

#ifdef AT_START
[[gnu::constructor]] void start() noexcept
{
    make_the_call();
}
#endif

} // namespace

#ifndef AT_START
extern "C" [[gnu::visibility("default")]] int epoll_wait(int epoll, epoll_event* events, int most,
                                                         int timeout)
{
    make_the_call();
    return ::epoll_pwait(epoll, events, most, timeout, nullptr);
}
#endif
