// The updater's work: takes HTTP requests, asks the keeper, tells the client what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/common/stream_server.h"
#include "daemon/updater/keeper_link.h"
#include "privsep/child.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/http/reply.h"
#include "proto/http/request.h"
#include "proto/http/update_api.h"
#include "proto/ipc/setup.h"

namespace updater
{

/// One request a connection. Its deadline counts from accept on and is never moved.
class Updater final : public common::StreamHandler, private KeeperLink::Client
{
public:
    enum class State : std::uint8_t {
        serving = 1,
        quitting = 2, ///< takes no new connection
        done = 3,     ///< was told to quit, and nothing is left to do
        orphaned = 4, ///< the supervisor is gone, or is none
    };

    /// Who it deals with.
    struct Ends {
        privsep::ControlChannel supervisor;
        std::vector<privsep::UniqueFd> listeners;
        KeeperLink::Channel keeper;
    };

    /// Allocates all but what single requests need.
    Updater(privsep::EventLoop& loop, Ends ends, const ipc::UpdaterSetup& setup,
            common::StreamServer::Clock clock = common::uptime);
    ~Updater() override;
    Updater(const Updater&) = delete;
    Updater& operator=(const Updater&) = delete;

    /// Tells the supervisor that requests are served from now on.
    void announce(std::uint32_t layers);
    /// Waits for something to happen, at most `longest_ms` (-1: for ever), and deals with it.
    void turn(int longest_ms = -1);
    State state() const noexcept { return state_; }

    common::Consumed received(common::ConnectionId id, base::Bytes input, bool ended,
                              const base::Address& peer) override;
    void closed(common::ConnectionId id) override;

private:
    /// What is known of the connection in one slot.
    struct Exchange {
        http::RequestReader reader;
        http::Dialect dialect = http::Dialect::api_update;
        std::optional<ipc::RequestId> proposed;
    };

    struct Statistics {
        std::uint64_t requests = 0;
        std::uint64_t updated = 0;
        std::uint64_t unchanged = 0;
        std::uint64_t refused = 0;
        std::uint64_t unavailable = 0;
        std::uint64_t invalid = 0; ///< answered without asking the keeper
    };

    class Control final : public privsep::Watcher
    {
    public:
        explicit Control(Updater& updater) noexcept : updater_(updater) {}
        void ready(std::uint32_t /*events*/) override { updater_.obey(); }

    private:
        Updater& updater_;
    };

    void obey();
    bool handle(const ipc::Ping& ping, privsep::UniqueFd passed);
    bool handle(const ipc::Attach& attach, privsep::UniqueFd passed);
    bool handle(const ipc::Quit& quit, privsep::UniqueFd passed);
    bool handle(const ipc::ReportStatistics& report, privsep::UniqueFd passed);
    /// What is for others, or comes before all that is handled here.
    bool handle(const auto& /*order*/, const privsep::UniqueFd& /*passed*/) { return false; }

    bool ask(common::ConnectionId id, const http::Request& request, const base::Address& peer);
    void refuse(common::ConnectionId id, const http::Reply& reply, const base::Address& peer);
    void reply(common::ConnectionId id, const http::Reply& reply);
    void settled(common::ConnectionId asker, const ipc::Propose& proposal, ipc::Verdict verdict) override;
    void count(ipc::Verdict verdict) noexcept;
    void log_request(const base::Address& peer, std::string_view what, const http::Reply& reply);

    privsep::EventLoop& loop_;
    common::StreamServer::Clock clock_;
    State state_ = State::serving;
    privsep::ControlChannel supervisor_;
    Control control_watcher_{*this};
    std::vector<Exchange> exchanges_; ///< by slot
    KeeperLink keeper_;
    common::StreamServer server_;
    Statistics statistics_;
    privsep::LogLimit request_log_{200};
};

} // namespace updater
