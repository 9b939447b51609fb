// A SOCK_SEQPACKET socketpair between two processes; each record is one message.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <sys/epoll.h>
#include <type_traits>
#include <utility>

#include "privsep/unique_fd.h"
#include "proto/base/bytes.h"
#include "proto/ipc/codec.h"

namespace privsep
{

/// The result of sending or receiving.
enum class Transfer : std::uint8_t {
    done = 1,
    would_block = 2, ///< no record or no room: wait for the event loop
    closed = 3,      ///< the peer has closed its end
    malformed = 4,   ///< the peer sent a record that is not a message of this channel
};

/// One end of a channel, for records as bytes. Never blocks.
class Channel
{
public:
    Channel() = default;
    explicit Channel(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    /// Both ends, close-on-exec and non-blocking. Each has room for at least 500 short records: the default
    /// is 278.
    static std::pair<Channel, Channel> pair();

    int get() const noexcept { return fd_.get(); }
    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    UniqueFd release() noexcept { return std::move(fd_); }

    /// Call it with the events of epoll_wait(2) before reading. EPOLLHUP tells an empty record from the end
    /// of the channel, which recvmsg(2) does not; otherwise that takes more calls.
    void heed(std::uint32_t events) noexcept { is_hung_up_ = (events & EPOLLHUP) != 0; }

    /// Sends the descriptor `passed` with the record if it is not negative.
    Transfer send_record(base::Bytes record, int passed = -1) noexcept;

    struct Received {
        Transfer transfer = Transfer::closed;
        base::Bytes record; ///< in `room`
    };
    /// A record with a descriptor is malformed. The kernel closes it: there is no buffer for it.
    Received receive_record(base::MutableBytes room) noexcept;
    /// The same for a channel on which one descriptor may be sent with a record; `passed` becomes that of the
    /// record, or none. More are malformed; they are closed, as is a descriptor of any other malformed
    /// record.
    Received receive_record_with_descriptor(base::MutableBytes room, UniqueFd& passed) noexcept;

private:
    UniqueFd fd_;
    bool is_hung_up_ = false;
};

/// A channel for messages: `Out` and `In` are the variants of its two directions (proto/ipc).
template <typename Out, typename In>
class TypedChannel
{
public:
    TypedChannel() = default;
    explicit TypedChannel(Channel channel) noexcept : channel_(std::move(channel)) {}

    int get() const noexcept { return channel_.get(); }
    explicit operator bool() const noexcept { return static_cast<bool>(channel_); }
    void close() noexcept { channel_ = Channel{}; }
    Channel release() noexcept { return std::move(channel_); }
    void heed(std::uint32_t events) noexcept { channel_.heed(events); }

    Transfer send(const Out& message, int passed = -1)
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
        std::array<std::uint8_t, ipc::longest_record<Out>> room;
        const base::Bytes record = ipc::encode(message, room);
        const Transfer transfer = channel_.send_record(record, passed);
        base::wipe(base::MutableBytes{room}.first(record.size())); // it may have held a token
        return transfer;
    }

    /// Sets `message` if the result is `done`.
    Transfer receive(std::optional<In>& message)
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
        std::array<std::uint8_t, ipc::longest_record<In>> room;
        return decode(channel_.receive_record(room), message);
    }
    Transfer receive(std::optional<In>& message, UniqueFd& passed)
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
        std::array<std::uint8_t, ipc::longest_record<In>> room;
        return decode(channel_.receive_record_with_descriptor(room, passed), message);
    }

private:
    static Transfer decode(Channel::Received received, std::optional<In>& message)
    {
        message.reset();
        if (received.transfer != Transfer::done) {
            return received.transfer;
        }
        ipc::decode(received.record, message);
        auto* bytes = const_cast<std::uint8_t*>(received.record.data()); // the buffer in receive()
        base::wipe({bytes, received.record.size()});
        return message ? Transfer::done : Transfer::malformed;
    }

    Channel channel_;
};

} // namespace privsep
