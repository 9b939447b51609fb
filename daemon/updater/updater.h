// The updater: reads HTTP requests, asks the keeper, and sends its verdict to the client.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/common/counters.h"
#include "daemon/common/network_log_limit.h"
#include "daemon/common/stream_server.h"
#include "daemon/updater/keeper_link.h"
#include "daemon/updater/layer.h"
#include "daemon/updater/refused_line.h"
#include "privsep/child.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/http/dialect.h"
#include "proto/http/page/requests.h"
#include "proto/http/reply.h"
#include "proto/http/request.h"
#include "proto/ipc/setup.h"

namespace updater
{

/// Each connection has one request. The client must send it before the deadline, which counts from accept.
/// Then the keeper must decide before a second deadline, which counts from that moment; if it does not, the
/// client gets 503. So a connection ends after two timeouts and the time to read the reply.
class Updater final : public common::StreamHandler, private KeeperLink::Client
{
public:
    enum class State : std::uint8_t {
        serving = 1,
        quitting = 2, ///< takes no new connection
        done = 3,     ///< was told to quit, and no connection is open
        orphaned = 4, ///< the supervisor is gone, or a peer broke the protocol
    };

    /// What it inherits.
    struct Ends {
        privsep::ControlChannel supervisor;
        std::vector<privsep::UniqueFd> listeners;
        KeeperLink::Channel keeper;
        std::uint64_t* counters = nullptr; ///< see common::Tally
    };

    /// `layer`: between the sockets and HTTP; nullptr: nothing is.
    Updater(privsep::EventLoop& loop, Ends ends, const ipc::UpdaterSetup& setup,
            common::StreamServer::Clock clock = common::uptime, Layer* layer = nullptr);
    ~Updater() override;
    Updater(const Updater&) = delete;
    Updater& operator=(const Updater&) = delete;

    /// Tells the supervisor that requests are served from now on. `layers`: the active sandbox layers.
    void announce(std::uint32_t layers);
    /// Waits for events, at most `longest_ms` (-1: no limit), and handles them.
    void turn(int longest_ms = -1);
    State state() const noexcept { return state_; }

    common::Consumed received(common::ConnectionId id, base::Bytes input, bool ended,
                              const base::Address& peer) override;
    void closed(common::ConnectionId id) override;
    void overdue(common::ConnectionId id) override;
    void written(common::ConnectionId id) override;

private:
    /// The request on the connection in one slot.
    struct Exchange {
        http::RequestReader reader;
        std::optional<ipc::RequestId> proposed;
        std::unique_ptr<http::page::Page> page; ///< that is sent, or waits for the keeper
    };

    class Control final : public privsep::Watcher
    {
    public:
        explicit Control(Updater& updater) noexcept : updater_(updater) {}
        void ready(std::uint32_t /*events*/) override { updater_.receive_messages(); }

    private:
        Updater& updater_;
    };

    void receive_messages();
    bool handle(const ipc::Ping& ping, privsep::UniqueFd passed);
    bool handle(const ipc::Attach& attach, privsep::UniqueFd passed);
    bool handle(const ipc::Quit& quit, privsep::UniqueFd passed);
    bool handle(const ipc::ReportStatistics& report, privsep::UniqueFd passed);
    static bool handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd passed);
    /// Messages for other processes, or for another phase.
    bool handle(const auto& /*message*/, const privsep::UniqueFd& /*passed*/) { return false; }

    Exchange& exchange_of(common::ConnectionId id);
    bool answer(common::ConnectionId id, const http::Request& request, const base::Address& peer);
    bool answer_with_page(common::ConnectionId id, const http::Request& request, const http::Client& client,
                          const base::Address& peer);
    bool propose(common::ConnectionId id, http::Update&& update);
    void add_to_page(common::ConnectionId id, const http::Update& update, const ipc::Settled& settled);
    bool look_again(common::ConnectionId id, const http::Update& update);
    void log_settled(const http::Update& update, const ipc::Settled& settled, const http::Reply& answer);
    void send_page(common::ConnectionId id, http::Status status);
    static std::string next_part(http::page::Page& page);
    void refuse(common::ConnectionId id, const http::Refused& refused, const http::Client& client,
                std::optional<std::string_view> path);
    void log_refused(const http::Refused& refused, const http::Client& client,
                     std::optional<std::string_view> path);
    void reply(common::ConnectionId id, const http::Reply& reply);
    void send(common::ConnectionId id, base::Bytes clear);
    void send_part(common::ConnectionId id, base::Bytes clear);
    void finish(common::ConnectionId id);
    void answered(common::ConnectionId connection, const http::Update& update,
                  const ipc::Settled& settled) override;
    static common::UpdateOutcome outcome_of(const ipc::Settled& settled) noexcept;
    std::uint64_t unreported(common::UpdateOutcome outcome) const noexcept;
    std::uint64_t unreported_requests() const noexcept;
    void answered(common::ConnectionId connection, const http::Update& update,
                  const ipc::Seen& seen) override;
    void finish_if_done();
    void report_statistics();

    privsep::EventLoop& loop_;
    common::StreamServer::Clock clock_;
    Layer* layer_;
    State state_ = State::serving;
    privsep::ControlChannel supervisor_;
    Control control_watcher_{*this};
    std::deque<Exchange> exchanges_; ///< by slot; grows with the most that were open at once
    KeeperLink keeper_;
    common::Tally<common::OfUpdater> tally_;
    common::StreamServer server_;
    http::TrustedProxies proxies_;
    bool has_page_;
    std::uint16_t https_port_; ///< to which the page is redirected; 0: it is not
    common::NetworkLogLimit refusal_limit_;
    privsep::LogLimit request_log_{200}; // lines per interval: clients decide how many there would be
    privsep::LogLimit overdue_log_{1};
};

} // namespace updater
