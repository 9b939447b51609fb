#include "daemon/console/client.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <utility>

namespace console
{

namespace
{

constexpr std::size_t size_bytes = 2;
constexpr std::uint32_t unmapped_uid =
    65534; // /proc/sys/kernel/overflowuid: of a user that is not mapped here

/// Without a uid if the kernel of this user namespace does not know the client's.
ipc::Administrator peer_of(int socket) noexcept
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid == unmapped_uid) {
        return {};
    }
    return {peer.uid, false};
}

} // namespace

Client::Client(AskerId id, privsep::Channel channel, base::Uptime deadline) noexcept
    : id_(id), channel_(std::move(channel)), who_(peer_of(channel_.get())), deadline_(deadline)
{
}

void Client::claim(std::uint32_t uid) noexcept
{
    has_said_hello_ = true;
    if (!who_.uid) {
        who_ = {uid, true};
    }
}

void Client::say(ipc::MessageRef<ipc::admin::ConsoleToClient> message)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, ipc::longest_record<ipc::admin::ConsoleToClient>> room;
    const base::Bytes record = ipc::encode(message, room);
    if (is_gone_ || is_finishing_) {
        return;
    }
    if (!has_queued()) {
        const privsep::Transfer transfer = channel_.send_record(record);
        is_gone_ = transfer == privsep::Transfer::closed;
        if (transfer != privsep::Transfer::would_block) {
            return;
        }
    }
    const std::size_t at = queue_.size();
    queue_.resize(at + size_bytes);
    base::store(&queue_[at], static_cast<std::uint16_t>(record.size()));
    queue_.insert(queue_.end(), record.begin(), record.end());
}

void Client::refuse(ipc::admin::Refused reason, std::string text)
{
    text.resize(std::min(text.size(), ipc::admin::Refusal::max_text));
    say(ipc::admin::Refusal{reason, std::move(text)});
    job.emplace<std::monostate>();
}

void Client::flush()
{
    while (has_queued() && !is_gone_) {
        const std::size_t size = base::load<std::uint16_t>(&queue_[sent_]);
        const base::Bytes record = base::Bytes{queue_}.subspan(sent_ + size_bytes, size);
        const privsep::Transfer transfer = channel_.send_record(record);
        if (transfer == privsep::Transfer::would_block) {
            return;
        }
        is_gone_ = transfer != privsep::Transfer::done;
        sent_ += size_bytes + size;
    }
    std::vector<std::uint8_t>{}.swap(queue_);
    sent_ = 0;
}

} // namespace console
