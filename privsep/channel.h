// A SOCK_SEQPACKET socketpair between two processes: one message a record (DESIGN: rule 2).
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

/// What became of a send or of a receive.
enum class Transfer : std::uint8_t {
    done = 1,
    would_block = 2, ///< nothing there, or no room: wait for the event loop
    closed = 3,      ///< the peer is gone
    malformed = 4,   ///< the peer said what cannot be said on this edge
};

/// One end, with records as bytes. Never blocks.
class Channel
{
public:
    Channel() = default;
    explicit Channel(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    /// Both ends, close-on-exec and non-blocking.
    static std::pair<Channel, Channel> pair();

    int get() const noexcept { return fd_.get(); }
    explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    UniqueFd release() noexcept { return std::move(fd_); }

    /// What epoll_wait(2) says of it, before it is read. It spares finding out whether the peer is gone: an
    /// empty record and the end read alike.
    void heed(std::uint32_t events) noexcept { is_hung_up_ = (events & EPOLLHUP) != 0; }

    /// `passed` >= 0 goes along as a descriptor.
    Transfer send_record(base::Bytes record, int passed = -1) noexcept;

    struct Received {
        Transfer transfer = Transfer::closed;
        base::Bytes record; ///< in the room given
    };
    /// Descriptors that come along uninvited are dropped by the kernel: there is no room for them.
    Received receive_record(base::MutableBytes room) noexcept;
    /// The same, for the one edge where a descriptor may come along; it is put in `passed`.
    Received receive_record_with_descriptor(base::MutableBytes room, UniqueFd& passed) noexcept;

private:
    UniqueFd fd_;
    bool is_hung_up_ = false;
};

/// A channel that speaks one edge: `Out` and `In` are the edge's variants (proto/ipc).
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
        std::array<std::uint8_t, ipc::max_record> room; // NOLINT(cppcoreguidelines-pro-type-member-init)
        const base::Bytes record = ipc::encode(message, room);
        const Transfer transfer = channel_.send_record(record, passed);
        base::wipe(base::MutableBytes{room}.first(record.size())); // it may have held a token
        return transfer;
    }

    /// The next message in `message`, if the result is `done`.
    Transfer receive(std::optional<In>& message)
    {
        std::array<std::uint8_t, ipc::max_record> room; // NOLINT(cppcoreguidelines-pro-type-member-init)
        return decode(channel_.receive_record(room), message);
    }
    Transfer receive(std::optional<In>& message, UniqueFd& passed)
    {
        std::array<std::uint8_t, ipc::max_record> room; // NOLINT(cppcoreguidelines-pro-type-member-init)
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
        auto* bytes = const_cast<std::uint8_t*>(received.record.data()); // ours: receive()'s room
        base::wipe({bytes, received.record.size()});
        return message ? Transfer::done : Transfer::malformed;
    }

    Channel channel_;
};

} // namespace privsep
