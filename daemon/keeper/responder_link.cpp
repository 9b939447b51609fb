#include "daemon/keeper/responder_link.h"

#include <array>
#include <string>

#include "proto/ipc/limits.h"
#include "proto/journal/commit.h"

namespace keeper
{

using privsep::Level;
using privsep::Transfer;

// each entry changes one part of the zone, and the followers of its host
static_assert(ipc::feed_burst >= journal::max_entries + ipc::max_followers);

ResponderLink::ResponderLink(privsep::EventLoop& loop, const Ledger& ledger, const FeedQueue& queue,
                             unsigned index, ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), index_(index), report_peer_(std::move(report_peer)), queue_(queue),
      position_(queue.end())
{
}

ResponderLink::~ResponderLink()
{
    detach();
}

void ResponderLink::attach(privsep::UniqueFd channel)
{
    detach();
    channel_ = privsep::Channel{std::move(channel)};
    is_complete_ = false;
    position_ = queue_.front();
    watched_ = EPOLLIN | EPOLLOUT;
    loop_.add(channel_.get(), watched_, *this);
}

void ResponderLink::detach() noexcept
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_ = privsep::Channel{};
    }
}

void ResponderLink::feed()
{
    if (!channel_) {
        return;
    }
    Transfer transfer = Transfer::done;
    for (unsigned sent = 0; sent < ipc::feed_burst && transfer == Transfer::done; ++sent) {
        if (position_ == queue_.end() && is_complete_) {
            break;
        }
        transfer = send_next();
    }
    if (transfer == Transfer::closed) {
        detach();
        return;
    }
    watch();
}

/// Before Complete every record has the zone's serial, in whatever order they are sent. Afterwards each has
/// the serial of its change, and the queue is in the order of serials, so the serials that a responder
/// receives only grow.
Transfer ResponderLink::send_next()
{
    if (position_ == queue_.end()) {
        const Transfer transfer = send(ipc::Complete{ledger_.serial()});
        is_complete_ = transfer == Transfer::done;
        return transfer;
    }
    const ZoneParts& parts = ledger_.parts();
    const std::uint32_t serial = is_complete_ ? parts.serial(position_) : ledger_.serial();
    const Transfer transfer = send(parts.message(position_, serial));
    if (transfer == Transfer::done) {
        position_ = queue_.next(position_);
    }
    return transfer;
}

Transfer ResponderLink::send(const ipc::KeeperToResponder& message)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, ipc::longest_record<ipc::KeeperToResponder>> room;
    return channel_.send_record(ipc::encode(message, room));
}

void ResponderLink::watch()
{
    const bool has_more = position_ != queue_.end() || !is_complete_;
    const std::uint32_t events = has_more ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (events != watched_) {
        watched_ = events;
        loop_.modify(channel_.get(), watched_, *this);
    }
}

void ResponderLink::ready(std::uint32_t events)
{
    channel_.heed(events);
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) {
        check_for_messages();
    }
    feed();
}

/// The protocol has no messages from responders.
void ResponderLink::check_for_messages()
{
    std::array<std::uint8_t, 1> room{};
    const Transfer transfer = channel_.receive_record(room).transfer;
    if (transfer == Transfer::would_block) {
        return;
    }
    if (transfer != Transfer::closed) {
        privsep::log(Level::error,
                     "responder {} sent a message, which the protocol does not allow: closing its channel",
                     {index_});
        report_peer_({ipc::Role::responder, static_cast<std::uint16_t>(index_)});
    }
    detach();
}

} // namespace keeper
