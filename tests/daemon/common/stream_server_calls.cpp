// What a connection costs in system calls, which are nearly all that it costs.
#include "tests/daemon/common/stream_fixture.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

unsigned epoll_changes = 0;

} // namespace

// Instead of the C library's, in this program.
extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept
{
    ++epoll_changes;
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

namespace stream_test
{

TEST_F(StreamServerTest, AConnectionThatEndsIsClosedWithoutFurtherAdo)
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
    EXPECT_EQ(epoll_changes, 1U) << "one to hear of it";
}

} // namespace stream_test
