// One responder, as the keeper sees it: fed with the zone, never waited for, never listened to.
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

class Reader : public privsep::Watcher
{
public:
    /// All three must outlive it.
    Reader(privsep::EventLoop& loop, const Ledger& ledger, const FeedQueue& queue, unsigned index,
           ReportPeer report_peer);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() override;

    /// Talks to this peer from now on, and begins with a fresh feed of all that is in the queue.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// This host's records have changed, and it goes to the queue's end: before that, and after it.
    void step_aside(HostNumber host) noexcept { place_ = place_ == host ? queue_.next(host) : place_; }
    void take_up(HostNumber host) noexcept { place_ = place_ == queue_.end() ? host : place_; }
    /// Sends while the peer takes it, a bounded number at once.
    void feed();

    void ready(std::uint32_t events) override;

private:
    static constexpr unsigned burst = 256;

    privsep::Transfer send_next();
    privsep::Transfer send(const ipc::KeeperToResponder& message);
    void watch();
    void listen();
    void detach() noexcept;

    privsep::EventLoop& loop_;
    const Ledger& ledger_;
    unsigned index_;
    ReportPeer report_peer_;
    privsep::Channel channel_;
    const FeedQueue& queue_;
    HostNumber place_;         ///< in the queue: the next to be sent
    bool is_complete_ = false; ///< the peer was told that it has all
    std::uint32_t watched_ = 0;
};

} // namespace keeper
