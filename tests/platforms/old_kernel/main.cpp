// old_kernel COMMAND...: runs the command as if on Linux 5.10.
#include <cstdio>
#include <unistd.h>

#include "tests/support/old_kernel.h"

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: old_kernel COMMAND...\n", stderr);
        return 2;
    }
    if (!support::pretend_old_kernel()) {
        std::perror("old_kernel: seccomp");
        return 1;
    }
    ::execvp(argv[1], argv + 1);
    std::perror(argv[1]);
    return 1;
}
