#include "privsep/sandbox.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privsep/fail.h"
#include "privsep/memory.h"

namespace privsep
{

Sandbox::Sandbox(int filter)
{
    const off_t size = ::lseek(filter, 0, SEEK_END);
    require(size > 0, "the filter's size");
    program_.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
    require(::pread(filter, program_.data(), static_cast<std::size_t>(size), 0) == size,
            "reading the filter");
}

void Sandbox::enter()
{
    give_back_memory();
    const sock_fprog whole{static_cast<unsigned short>(program_.size()), program_.data()};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0, "loading the filter");
    std::vector<sock_filter>{}.swap(program_);
}

} // namespace privsep
