// The responder: its sockets, its feed, its channel to the supervisor, and its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "daemon/common/stream_server.h"
#include "daemon/responder/answerer.h"
#include "daemon/responder/feed.h"
#include "daemon/responder/setup.h"
#include "daemon/responder/tcp.h"
#include "daemon/responder/udp.h"
#include "privsep/child.h"
#include "privsep/event_loop.h"

namespace responder
{

class Responder
{
public:
    /// Takes the inherited descriptors and the setup, and allocates everything. Ends the process if that
    /// fails.
    Responder(privsep::EventLoop& loop, privsep::Inherited& inherited);

    unsigned max_descriptors() const noexcept { return max_descriptors_; }

    /// Waits until the keeper has sent the whole zone, tells the supervisor that it is ready (`layers`: the
    /// active sandbox layers), and answers queries. Returns an empty string when it was told to quit and all
    /// answers are sent; otherwise the reason why it cannot continue.
    std::string_view serve(std::uint32_t layers);

private:
    /// Receives the supervisor's messages.
    class Control final : public privsep::Watcher
    {
    public:
        explicit Control(Responder& responder) noexcept : responder_(responder) {}
        void ready(std::uint32_t /*events*/) override { responder_.receive_message(); }

    private:
        Responder& responder_;
    };
    friend class Control;

    Responder(privsep::EventLoop& loop, privsep::Inherited& inherited, Setup setup);

    void receive_message();
    void handle(const ipc::Ping& ping, privsep::UniqueFd passed);
    void handle(const ipc::Attach& attach, privsep::UniqueFd passed);
    void handle(const ipc::Quit& quit, privsep::UniqueFd passed);
    void handle(const ipc::ReportStatistics& report, privsep::UniqueFd passed);
    void handle(const ipc::CookieSecrets& secrets, privsep::UniqueFd passed);
    static void handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd passed);
    /// Messages for other processes, or for another phase.
    void handle(const auto& /*message*/, const privsep::UniqueFd& /*passed*/)
    {
        exit_reason_ = "the supervisor sent an unexpected message";
    }
    void send(const ipc::ChildToSupervisor& message);

    void start_serving(std::uint32_t layers);
    void report_statistics();
    int timeout_ms(base::Uptime now) const noexcept;
    void after_turn(base::Uptime now);

    privsep::EventLoop& loop_;
    privsep::ControlChannel supervisor_;
    Control control_;
    base::Seconds stats_interval_;
    bool shares_sockets_;
    std::uint32_t hosts_;
    unsigned max_descriptors_;
    bool has_own_cookie_secrets_; ///< the config's
    Answerer answerer_;
    Feed feed_;
    UdpBatch batch_;
    std::vector<std::unique_ptr<UdpSocket>> udp_;
    TcpHandler tcp_handler_;
    std::unique_ptr<common::StreamServer> tcp_;
    base::Uptime report_at_{};
    bool quitting_ = false;
    std::string_view exit_reason_; ///< empty while it can continue
};

} // namespace responder
