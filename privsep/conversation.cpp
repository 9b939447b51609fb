#include "privsep/conversation.h"

#include <cerrno>
#include <poll.h>

namespace privsep
{

bool wait_for(int fd, short event, int longest_ms) noexcept
{
    pollfd one{fd, event, 0};
    int ready = 0;
    do {
        ready = ::poll(&one, 1, longest_ms);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

} // namespace privsep
