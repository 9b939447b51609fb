// One responder, as the keeper sees it: fed with the zone, never waited for, never listened to.
#pragma once

#include <cstdint>

#include "daemon/keeper/accuse.h"
#include "daemon/keeper/feed_queue.h"
#include "daemon/keeper/ledger.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/zone_feed.h"

namespace keeper
{

class Reader : public privsep::Watcher
{
public:
    /// Both must outlive it.
    Reader(privsep::EventLoop& loop, const Ledger& ledger, unsigned index, Accuse accuse);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() override;

    /// Talks to this peer from now on, and begins with a fresh feed.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// This host's records have changed; the newest are sent when there is room.
    void changed(HostNumber host) noexcept;
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
    Accuse accuse_;
    privsep::Channel channel_;
    FeedQueue queue_;
    bool is_complete_ = false; ///< the peer was told that it has all
    std::uint32_t watched_ = 0;
};

} // namespace keeper
