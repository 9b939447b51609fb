// The updater's channel to the keeper: pending proposals, and what happens to them if the keeper exits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "daemon/common/stream_server.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/http/dialect.h"
#include "proto/ipc/update.h"

namespace updater
{

/// Each proposal gets one outcome unless it is forgotten. If a keeper exits without sending it, the proposal
/// is sent once more to the next keeper; setting the same addresses twice does no harm.
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
        /// The outcome of a proposal of `connection`. Must not call the link; but it may call propose() if
        /// the verdict is `committed` or `unchanged`, which only a keeper gives.
        virtual void answered(common::ConnectionId connection, const http::Update& update,
                              const ipc::Settled& settled) = 0;
        /// The outcome of a look if the secret opens the host. Must not call the link.
        virtual void answered(common::ConnectionId connection, const http::Update& update,
                              const ipc::Seen& seen) = 0;
    };

    /// At most `max_pending` proposals are pending, including those that were sent and then forgotten.
    KeeperLink(privsep::EventLoop& loop, Client& client, std::size_t max_pending);
    ~KeeperLink() override;
    KeeperLink(const KeeperLink&) = delete;
    KeeperLink& operator=(const KeeperLink&) = delete;

    /// Whether the keeper sent something invalid. No other channel will come then: the updater must exit.
    bool has_failed() const noexcept { return has_failed_; }

    /// Replaces the channel by one to a new keeper.
    void attach(Channel channel);
    /// No new keeper will come: proposals that wait for one get the verdict `unavailable`.
    void expect_no_new_keeper();

    /// Sends the proposal, or queues it until it can be sent, and assigns its id. nullopt if too many are
    /// pending, or if there is no keeper and none will come; then `update` is left as it was.
    std::optional<ipc::RequestId> propose(common::ConnectionId connection, http::Update&& update);
    /// No longer waits for the verdict: the outcome is `unavailable` now. Then as forget().
    void give_up(ipc::RequestId id);
    /// The client is gone. If the keeper has received the proposal, it still decides it.
    void forget(ipc::RequestId id);

    std::size_t pending() const noexcept { return pending_.size(); }

    void ready(std::uint32_t events) override;

private:
    static constexpr unsigned max_sends = 2; // once more after a keeper has exited
    static constexpr unsigned verdicts_a_turn = 64;

    struct Pending {
        common::ConnectionId connection;
        http::Update update; // its destructor wipes the token
        unsigned sends = 0;
        bool is_queued = true; ///< to be sent to this keeper or the next one
        bool forgotten = false;
    };

    privsep::Transfer take_verdicts();
    template <typename Answer>
    bool take(const Answer& answer);
    privsep::Transfer send(const Pending& pending);
    void fail(const Pending& pending);
    void flush();
    void disconnect();
    void keeper_exited();
    void watch();

    privsep::EventLoop& loop_;
    Client& client_;
    std::size_t max_pending_;
    Channel channel_;
    std::map<ipc::RequestId, Pending> pending_;
    std::vector<ipc::RequestId> queue_; ///< the queued ones in order; never many
    std::uint32_t last_id_ = 0;
    std::uint32_t watched_ = 0; ///< events registered with the loop
    bool no_new_keeper_ = false;
    bool has_failed_ = false;
};

} // namespace updater
