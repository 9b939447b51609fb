// A channel between two processes of which one does nothing but wait for the other, so that neither needs an
// event loop for it.
#pragma once

#include <optional>
#include <poll.h>
#include <utility>

#include "privsep/channel.h"

namespace privsep
{

/// poll(2) of one descriptor: whether `event`, or its peer's end, came before so many ms. Negative: for ever.
bool wait_for(int fd, short event, int longest_ms) noexcept;

template <typename Out, typename In>
class Conversation
{
public:
    Conversation() = default;
    /// `longest_ms`: for each message; negative: for ever.
    Conversation(Channel channel, int longest_ms) noexcept
        : channel_(std::move(channel)), longest_ms_(longest_ms)
    {
    }

    /// `would_block` where the other has no room for that long.
    Transfer say(const Out& message, int passed = -1)
    {
        Transfer transfer = channel_.send(message, passed);
        while (transfer == Transfer::would_block && wait_for(channel_.get(), POLLOUT, longest_ms_)) {
            transfer = channel_.send(message, passed);
        }
        return transfer;
    }

    /// The next message in `message`, if the result is `done`, and what came with it in `passed`.
    /// `would_block` where there comes none for that long.
    Transfer hear(std::optional<In>& message, UniqueFd& passed)
    {
        Transfer transfer = channel_.receive(message, passed);
        while (transfer == Transfer::would_block && wait_for(channel_.get(), POLLIN, longest_ms_)) {
            transfer = channel_.receive(message, passed);
        }
        return transfer;
    }

private:
    TypedChannel<Out, In> channel_;
    int longest_ms_ = -1;
};

} // namespace privsep
