// The keeper's channel to one responder: it feeds the zone, never waits for the responder, and accepts no
// message from it.
#pragma once

#include <cstdint>

#include "daemon/keeper/feed_queue.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/report_peer.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/zone_feed.h"

namespace keeper
{

class ResponderLink : public privsep::Watcher
{
public:
    /// All three must outlive it.
    ResponderLink(privsep::EventLoop& loop, const Ledger& ledger, const FeedQueue& queue, unsigned index,
                  ReportPeer report_peer);
    ResponderLink(const ResponderLink&) = delete;
    ResponderLink& operator=(const ResponderLink&) = delete;
    ~ResponderLink() override;

    /// Replaces the channel and starts a new feed of everything in the queue.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// Call these before and after a part of the zone that has changed moves to the queue's end.
    void before_move(PartNumber part) noexcept
    {
        position_ = position_ == part ? queue_.next(part) : position_;
    }
    void after_move(PartNumber part) noexcept { position_ = position_ == queue_.end() ? part : position_; }
    /// Sends until the channel is full, at most ipc::feed_burst records.
    void feed();

    void ready(std::uint32_t events) override;

private:
    privsep::Transfer send_next();
    privsep::Transfer send(const ipc::KeeperToResponder& message);
    void watch();
    void check_for_messages();
    void detach() noexcept;

    privsep::EventLoop& loop_;
    const Ledger& ledger_;
    unsigned index_;
    ReportPeer report_peer_;
    privsep::Channel channel_;
    const FeedQueue& queue_;
    PartNumber position_;      ///< in the queue, of the next part to be sent
    bool is_complete_ = false; ///< Complete was sent
    std::uint32_t watched_ = 0;
};

} // namespace keeper
