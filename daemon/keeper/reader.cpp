#include "daemon/keeper/reader.h"

#include <array>
#include <string>

namespace keeper
{

using privsep::Level;
using privsep::Transfer;

Reader::Reader(privsep::EventLoop& loop, const Ledger& ledger, const FeedQueue& queue, unsigned index,
               ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), index_(index), report_peer_(std::move(report_peer)), queue_(queue),
      place_(queue.end())
{
}

Reader::~Reader()
{
    detach();
}

void Reader::attach(privsep::UniqueFd channel)
{
    detach();
    channel_ = privsep::Channel{std::move(channel)};
    is_complete_ = false;
    place_ = queue_.front();
    watched_ = EPOLLIN | EPOLLOUT;
    loop_.add(channel_.get(), watched_, *this);
}

void Reader::detach() noexcept
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_ = privsep::Channel{};
    }
}

void Reader::feed()
{
    if (!channel_) {
        return;
    }
    Transfer transfer = Transfer::done;
    for (unsigned sent = 0; sent < burst && transfer == Transfer::done; ++sent) {
        if (place_ == queue_.end() && is_complete_) {
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

/// Before Complete every record has the zone's serial, whatever the order. Afterwards each has the serial
/// of its change, and the queue is in the order of serials: what the reader has seen only grows.
Transfer Reader::send_next()
{
    if (place_ == queue_.end()) {
        const Transfer transfer = send(ipc::Complete{ledger_.serial()});
        is_complete_ = transfer == Transfer::done;
        return transfer;
    }
    const Hosts& table = ledger_.table();
    const HostState& state = table.state(place_);
    const std::uint32_t serial = is_complete_ ? table.serial(place_) : ledger_.serial();
    const Transfer transfer = send(ipc::HostRecords{table.index(place_), serial, state.a, state.aaaa});
    if (transfer == Transfer::done) {
        place_ = queue_.next(place_);
    }
    return transfer;
}

Transfer Reader::send(const ipc::KeeperToResponder& message)
{
    std::array<std::uint8_t, ipc::max_record> room; // NOLINT(cppcoreguidelines-pro-type-member-init)
    return channel_.send_record(ipc::encode(message, room));
}

void Reader::watch()
{
    const bool has_more = place_ != queue_.end() || !is_complete_;
    const std::uint32_t events = has_more ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (events != watched_) {
        watched_ = events;
        loop_.modify(channel_.get(), watched_, *this);
    }
}

void Reader::ready(std::uint32_t events)
{
    channel_.heed(events);
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) {
        listen();
    }
    feed();
}

/// There is nothing that a responder may say.
void Reader::listen()
{
    std::array<std::uint8_t, 1> room{};
    const Transfer transfer = channel_.receive_record(room).transfer;
    if (transfer == Transfer::would_block) {
        return;
    }
    if (transfer != Transfer::closed) {
        privsep::log(Level::error, "responder {} said something, which it must not; its channel is closed",
                     {index_});
        report_peer_({ipc::Role::responder, static_cast<std::uint16_t>(index_)});
    }
    detach();
}

} // namespace keeper
