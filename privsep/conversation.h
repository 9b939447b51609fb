// A channel with blocking calls and a deadline, for a process that has nothing to do but wait for its peer.
#pragma once

#include <chrono>
#include <optional>
#include <poll.h>
#include <utility>

#include "privsep/channel.h"

namespace privsep
{

/// The end of waiting; empty: never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Waits for `event`, or for the end of the peer, with poll(2). False if neither came before the deadline.
bool wait_for(int fd, short event, const Deadline& deadline) noexcept;

template <typename Out, typename In>
class Conversation
{
public:
    Conversation() = default;
    explicit Conversation(Channel channel) noexcept : channel_(std::move(channel)) {}

    /// Sets the deadline of all later calls.
    void end_by(const Deadline& deadline) noexcept { deadline_ = deadline; }

    /// Sends a message. `would_block` if the peer has no room until the deadline.
    Transfer say(const Out& message, int passed = -1)
    {
        Transfer transfer = channel_.send(message, passed);
        while (transfer == Transfer::would_block && wait_for(channel_.get(), POLLOUT, deadline_)) {
            transfer = channel_.send(message, passed);
        }
        return transfer;
    }

    /// Receives a message into `message`, and its descriptor into `passed`, if the result is `done`.
    /// `would_block` if there is none until the deadline.
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
