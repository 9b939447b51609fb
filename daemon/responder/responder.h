// The responder: its sockets, its feed, its orders, and the loop that serves them.
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
    /// Takes over what was inherited and allocates all that it will need. Ends the process where
    /// it cannot.
    Responder(privsep::EventLoop& loop, privsep::Inherited& inherited);

    unsigned max_descriptors() const noexcept { return max_descriptors_; }

    /// Answers nobody before the keeper has sent the whole zone, then tells the supervisor that it is ready.
    /// Returns nothing when it was told to quit and every answer begun is sent, and else why it must end.
    /// `layers`: those that stand.
    std::string_view serve(std::uint32_t layers);

private:
    /// Where orders come from.
    class Control final : public privsep::Watcher
    {
    public:
        explicit Control(Responder& responder) noexcept : responder_(responder) {}
        void ready(std::uint32_t /*events*/) override { responder_.take_order(); }

    private:
        Responder& responder_;
    };
    friend class Control;

    Responder(privsep::EventLoop& loop, privsep::Inherited& inherited, Setup setup);

    void take_order();
    void obey(const ipc::Ping& ping, privsep::UniqueFd passed);
    void obey(const ipc::Attach& attach, privsep::UniqueFd passed);
    void obey(const ipc::Quit& quit, privsep::UniqueFd passed);
    void obey(const ipc::ReportStatistics& order, privsep::UniqueFd passed);
    /// What is for others, or comes before all that is obeyed here.
    void obey(const auto& /*order*/, const privsep::UniqueFd& /*passed*/)
    {
        reason_to_end_ = "the supervisor said what is not for us";
    }
    void tell(const ipc::ChildToSupervisor& message);

    void start_serving(std::uint32_t layers);
    void report_statistics();
    int timeout_ms(base::Uptime now) const noexcept;
    void after_turn(base::Uptime now);

    privsep::EventLoop& loop_;
    privsep::ControlChannel orders_;
    Control control_;
    base::Seconds stats_interval_;
    bool shares_sockets_;
    std::uint32_t hosts_;
    unsigned max_descriptors_;
    Answerer answerer_;
    Feed feed_;
    UdpBatch batch_;
    std::vector<std::unique_ptr<UdpSocket>> udp_;
    TcpHandler tcp_handler_;
    std::unique_ptr<common::StreamServer> tcp_;
    base::Uptime report_at_{};
    bool quitting_ = false;
    std::string_view reason_to_end_; ///< what cannot go on; else empty
};

} // namespace responder
