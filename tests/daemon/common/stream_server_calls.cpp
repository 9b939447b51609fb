// The system calls of a connection, which are nearly all of its cost.
#include "tests/daemon/common/stream_fixture.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

unsigned epoll_changes = 0;

} // namespace

// Replaces the C library's function in this program.
extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept
{
    ++epoll_changes;
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

namespace stream_test
{

TEST_F(StreamServerTest, AConnectionThatEndsNeedsOneEpollCall)
{
    start();
    epoll_changes = 0;
    {
        Client one = client();
        one.write("a\n");
        turns();
        EXPECT_EQ(one.read(2), "a\n");
    }
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_EQ(epoll_changes, 1U) << "only the registration";
}

} // namespace stream_test
