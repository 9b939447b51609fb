// Loaded ahead of libc (tests/system/trial.cpp): makes a call that no filter of ours allows, as a libc of the
// future might make one that we do not know. Only in the responder, so that the others start.
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
