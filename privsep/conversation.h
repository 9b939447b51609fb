// A channel between two processes of which one does nothing but wait for the other, so that neither needs an
// event loop for it.
#pragma once

#include <chrono>
#include <optional>
#include <poll.h>
#include <utility>

#include "privsep/channel.h"

namespace privsep
{

/// When one stops waiting; nothing: never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// poll(2) of one descriptor: whether `event`, or its peer's end, came in time.
bool wait_for(int fd, short event, const Deadline& deadline) noexcept;

template <typename Out, typename In>
class Conversation
{
public:
    Conversation() = default;
    explicit Conversation(Channel channel) noexcept : channel_(std::move(channel)) {}

    /// For all that is said and heard from now on.
    void end_by(const Deadline& deadline) noexcept { deadline_ = deadline; }

    /// For an event loop that takes over.
    Channel release() noexcept { return channel_.release(); }

    /// `would_block` where the other has no room until the deadline.
    Transfer say(const Out& message, int passed = -1)
    {
        Transfer transfer = channel_.send(message, passed);
        while (transfer == Transfer::would_block && wait_for(channel_.get(), POLLOUT, deadline_)) {
            transfer = channel_.send(message, passed);
        }
        return transfer;
    }

    /// The next message in `message`, if the result is `done`, and what came with it in `passed`.
    /// `would_block` where there comes none until the deadline.
    Transfer hear(std::optional<In>& message, UniqueFd& passed)
    {
        Transfer transfer = channel_.receive(message, passed);
        while (transfer == Transfer::would_block && wait_for(channel_.get(), POLLIN, deadline_)) {
            transfer = channel_.receive(message, passed);
        }
        return transfer;
    }

private:
    TypedChannel<Out, In> channel_;
    Deadline deadline_;
};

} // namespace privsep
