// On i386, libc uses socketcall(2) for sockets. Its arguments are in memory, where no filter can check them.
// These functions replace those of libc and use the direct calls, which Linux has had since 4.3. The filters
// kill at socketcall(2).
#ifdef __i386__

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {

int socketpair(int domain, int type, int protocol, int* ends) noexcept
{
    return static_cast<int>(::syscall(SYS_socketpair, domain, type, protocol, ends));
}

ssize_t sendmsg(int fd, const msghdr* message, int flags)
{
    return ::syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags)
{
    return ::syscall(SYS_recvmsg, fd, message, flags);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags)
{
    return ::syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}

int accept4(int fd, sockaddr* from, socklen_t* size, int flags)
{
    return static_cast<int>(::syscall(SYS_accept4, fd, from, size, flags));
}

int shutdown(int fd, int how) noexcept
{
    return static_cast<int>(::syscall(SYS_shutdown, fd, how));
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t size) noexcept
{
    return static_cast<int>(::syscall(SYS_setsockopt, fd, level, option, value, size));
}

int getsockopt(int fd, int level, int option, void* value, socklen_t* size) noexcept
{
    return static_cast<int>(::syscall(SYS_getsockopt, fd, level, option, value, size));
}

} // extern "C"

#endif
