// The updater's end of the edge to the keeper: proposals under way, and what becomes of them when the
// keeper dies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "daemon/common/stream_server.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/update.h"

namespace updater
{

/// Each proposal gets one outcome unless it is forgotten. One that the keeper's end left without an
/// outcome is sent to the next keeper once more: to set the same addresses twice does no harm.
class KeeperLink final : public privsep::Watcher
{
public:
    using Channel = privsep::TypedChannel<ipc::UpdaterToKeeper, ipc::KeeperToUpdater>;

    class Client
    {
    public:
        Client() = default;
        Client(const Client&) = delete;
        Client& operator=(const Client&) = delete;
        virtual ~Client() = default;
        /// The outcome of what `asker` proposed. Must not call the link.
        virtual void settled(common::ConnectionId asker, const ipc::Propose& proposal,
                             ipc::Verdict verdict) = 0;
    };

    /// At most `max_pending` proposals are under way, those that were sent and then forgotten included.
    KeeperLink(privsep::EventLoop& loop, Client& client, std::size_t max_pending);
    ~KeeperLink() override;
    KeeperLink(const KeeperLink&) = delete;
    KeeperLink& operator=(const KeeperLink&) = delete;

    /// Whether the keeper said what cannot be said.
    bool is_misled() const noexcept { return misled_; }

    /// A channel to a keeper, in place of the one before.
    void attach(Channel channel);
    /// No further keeper will come: what waits for one is unavailable.
    void expect_no_other();

    /// Sends `proposal`, or keeps it until it can be sent; its id is filled in. Nothing where too many are
    /// under way, or where no keeper is there and none will come.
    std::optional<ipc::RequestId> propose(common::ConnectionId asker, const ipc::Propose& proposal);
    /// Its asker is gone. What the keeper has got, it decides, but nobody is told.
    void forget(ipc::RequestId id);

    std::size_t pending() const noexcept { return pending_.size(); }

    void ready(std::uint32_t events) override;

private:
    static constexpr unsigned max_sends = 2; // the first, and one after a keeper's end
    static constexpr unsigned verdicts_a_turn = 64;

    struct Pending {
        common::ConnectionId asker;
        ipc::Propose proposal; // its destructor wipes the token
        unsigned sends = 0;
        bool waiting = true; ///< to be sent to the keeper that is there, or to the next one
        bool forgotten = false;
    };

    privsep::Transfer take_verdicts();
    bool settle(const ipc::Settled& settled);
    void flush();
    void lose();
    void lose_the_dead();
    void watch();

    privsep::EventLoop& loop_;
    Client& client_;
    std::size_t max_pending_;
    Channel channel_;
    std::map<ipc::RequestId, Pending> pending_;
    std::vector<ipc::RequestId> queue_; ///< those that are waiting, in their order; never many
    std::uint32_t last_id_ = 0;
    std::uint32_t watched_ = 0; ///< what the loop was asked for
    bool expects_no_other_ = false;
    bool misled_ = false;
};

} // namespace updater
