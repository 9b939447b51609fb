// The responder's channel to the keeper: it receives the dynamic part of the zone and sends nothing.
#pragma once

#include <variant>

#include "daemon/zone/zone.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/ipc/zone_feed.h"

namespace responder
{

/// If the keeper exits, the channel is closed and the zone stays unchanged until the supervisor passes a
/// channel to the next keeper. After a protocol error the channel is closed as well, but the supervisor does
/// not know of it: the responder must exit, and is started again with a fresh copy of the zone.
class Feed final : public privsep::Watcher
{
public:
    Feed(privsep::EventLoop& loop, zone::Zone& zone) noexcept : loop_(loop), zone_(zone) {}

    /// Replaces the channel.
    void attach(privsep::Channel channel);
    /// Whether the whole zone has been received at least once.
    bool is_complete() const noexcept { return complete_; }

    /// Whether the keeper sent something invalid.
    bool has_failed() const noexcept { return has_failed_; }

    void ready(std::uint32_t events) override;
    /// Before queries: a client that was told that its update is done must get the new address.
    bool comes_first() const noexcept override { return true; }

private:
    bool apply(const ipc::HostRecords& records) noexcept;
    bool apply(const ipc::HostTxt& txt) noexcept;
    bool apply(const ipc::Complete& complete) noexcept;
    void close(privsep::Level level, const char* reason);
    void fail(const char* reason);

    privsep::EventLoop& loop_;
    zone::Zone& zone_;
    privsep::TypedChannel<std::monostate, ipc::KeeperToResponder> channel_; // nothing can be sent
    bool complete_ = false;
    bool has_failed_ = false;
};

} // namespace responder
