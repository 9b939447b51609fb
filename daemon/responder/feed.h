// The keeper's end of the responder: the dynamic part of the zone comes in, nothing goes out.
#pragma once

#include <variant>

#include "daemon/zone/zone.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/ipc/zone_feed.h"

namespace responder
{

/// A feed that ends is closed; the zone stays as it is until the supervisor brings the next one. One that
/// says what cannot be said is closed too, and nobody brings another: then the responder must end, to be
/// started again with a fresh copy of the zone.
class Feed final : public privsep::Watcher
{
public:
    Feed(privsep::EventLoop& loop, zone::Zone& zone) noexcept : loop_(loop), zone_(zone) {}

    /// In place of the one before.
    void attach(privsep::Channel channel);
    /// Whether the zone was whole at least once.
    bool is_complete() const noexcept { return complete_; }

    /// Whether the keeper said what cannot be said.
    bool is_misled() const noexcept { return misled_; }

    void ready(std::uint32_t events) override;
    /// Who has heard that an update is done and asks at once is to find it.
    bool comes_first() const noexcept override { return true; }

private:
    bool apply(const ipc::HostRecords& records) noexcept;
    bool apply(const ipc::Complete& complete) noexcept;
    void close(privsep::Level level, const char* reason);
    void close_misled(const char* reason);

    privsep::EventLoop& loop_;
    zone::Zone& zone_;
    privsep::TypedChannel<std::monostate, ipc::KeeperToResponder> channel_; // nothing can be sent on it
    bool complete_ = false;
    bool misled_ = false;
};

} // namespace responder
