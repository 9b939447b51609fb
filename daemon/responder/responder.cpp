#include "daemon/responder/responder.h"

#include <algorithm>
#include <limits>
#include <string>
#include <sys/random.h>
#include <utility>

#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace responder
{

namespace
{

constexpr unsigned spare_descriptors = 8; // the loop's, a channel being passed, a connection over the limit

base::SipKey random_key()
{
    base::SipKey key{};
    privsep::require(::getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size()), "getrandom");
    return key;
}

Policy policy_of(ipc::ResponderSetup& head)
{
    return {head.rate_limit,      head.cookies,     std::move(head.cookie_secrets),
            std::move(head.nsid), head.tcp_timeout, {head.workers, head.shares_sockets}};
}

/// If there are several workers, each log line has the worker's number.
void log_as(const ipc::ResponderSetup& head)
{
    static std::string process = "nanodnsd-responder"; // the log keeps only a pointer to it
    if (head.worker != 0) {
        base::append(process, "-{}", {head.worker});
    }
    privsep::log_as(process.c_str(), head.log.journal, head.log.verbosity);
}

Setup take_setup(privsep::Inherited& inherited)
{
    std::optional<Setup> setup = read_setup(inherited.setup.bytes());
    if (!setup) {
        privsep::fail("the setup is malformed");
    }
    inherited.setup = {};
    log_as(setup->head);
    const std::size_t expected = std::size_t{setup->head.udp_sockets} + setup->head.tcp_sockets + 1;
    if (inherited.descriptors.size() != expected) {
        privsep::fail("the number of descriptors does not match the setup");
    }
    return std::move(*setup);
}

} // namespace

Responder::Responder(privsep::EventLoop& loop, privsep::Inherited& inherited)
    : Responder(loop, inherited, take_setup(inherited))
{
}

Responder::Responder(privsep::EventLoop& loop, privsep::Inherited& inherited, Setup setup)
    : loop_(loop), supervisor_(std::move(inherited.control)), control_(*this),
      stats_interval_(setup.head.stats_interval), shares_sockets_(setup.head.shares_sockets),
      hosts_(setup.hosts),
      max_descriptors_(static_cast<unsigned>(privsep::first_fd + inherited.descriptors.size()) +
                       setup.head.tcp_connections + spare_descriptors),
      has_own_cookie_secrets_(!setup.head.cookie_secrets.empty()),
      answerer_(std::move(setup.zone), policy_of(setup.head), random_key(), inherited.counters),
      feed_(loop_, answerer_.zone()), tcp_handler_(answerer_)
{
    auto next = inherited.descriptors.begin();
    for (unsigned i = 0; i < setup.head.udp_sockets; ++i) {
        udp_.push_back(std::make_unique<UdpSocket>(std::move(*next++), batch_, answerer_));
    }
    std::vector<privsep::UniqueFd> listeners;
    for (unsigned i = 0; i < setup.head.tcp_sockets; ++i) {
        listeners.push_back(std::move(*next++));
    }
    // one network cannot keep others out: it gets three quarters of the connections, and at least one
    const auto share = static_cast<std::uint16_t>(std::max(1, setup.head.tcp_connections * 3 / 4));
    const common::StreamServer::Limits limits{.connections = setup.head.tcp_connections,
                                              .per_network = share,
                                              .timeout = setup.head.tcp_timeout,
                                              .renewed_by_reply = true,
                                              .max_input = TcpHandler::max_input,
                                              .accept_at_once = false};
    tcp_ = std::make_unique<common::StreamServer>(loop_, std::move(listeners), limits, tcp_handler_,
                                                  common::uptime, answerer_.connections());
    tcp_handler_.serve_on(*tcp_);
    feed_.attach(privsep::Channel{std::move(*next)});
    inherited.descriptors.clear();
    loop_.add(supervisor_.get(), EPOLLIN, control_);
}

std::string_view Responder::serve(std::uint32_t layers)
{
    report_at_ = common::uptime() + stats_interval_;
    bool serving = false;
    while (exit_reason_.empty() && (!quitting_ || tcp_->open_connections() != 0)) {
        loop_.turn(timeout_ms(common::uptime()));
        after_turn(common::uptime());
        if (feed_.has_failed()) {
            exit_reason_ =
                "exiting after a protocol error of the keeper, to be started again with a fresh zone";
        }
        if (!serving && !quitting_ && feed_.is_complete() && answerer_.has_cookie_secrets()) {
            serving = true;
            start_serving(layers);
        }
    }
    if (stats_interval_.count() != 0 && answerer_.counters() != Counters{}) {
        report_statistics(); // the next responder counts from zero
    }
    return exit_reason_;
}

void Responder::start_serving(std::uint32_t layers)
{
    // a datagram wakes one of the workers that share a socket
    const std::uint32_t events = shares_sockets_ ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN;
    for (const auto& socket : udp_) {
        loop_.add(socket->get(), events, *socket);
    }
    tcp_->start_accepting();
    privsep::log(privsep::Level::info, "answering queries for {} hosts, serial {}",
                 {hosts_, answerer_.zone().serial()});
    send(ipc::Ready{layers});
}

int Responder::timeout_ms(base::Uptime now) const noexcept
{
    const int connections = tcp_->next_timeout_ms(now);
    if (stats_interval_.count() == 0) {
        return connections;
    }
    constexpr base::Uptime longest{std::numeric_limits<int>::max()};
    const auto report = static_cast<int>(std::clamp(report_at_ - now, base::Uptime{0}, longest).count());
    return connections < 0 ? report : std::min(report, connections);
}

void Responder::after_turn(base::Uptime now)
{
    tcp_->expire(now);
    if (stats_interval_.count() != 0 && now >= report_at_) {
        report_statistics();
        report_at_ = now + stats_interval_;
    }
}

void Responder::report_statistics()
{
    for (const std::string& line : answerer_.counters().report()) {
        privsep::log_text(privsep::Level::notice, line);
    }
    answerer_.reset_counters();
}

void Responder::receive_message()
{
    std::optional<ipc::SupervisorToChild> message;
    privsep::UniqueFd passed;
    switch (supervisor_.receive(message, passed)) {
    case privsep::Transfer::done:
        std::visit([&](const auto& o) { handle(o, std::move(passed)); }, *message);
        return;
    case privsep::Transfer::would_block:
        return;
    case privsep::Transfer::closed:
    case privsep::Transfer::malformed:
        exit_reason_ = "the supervisor is gone";
    }
}

void Responder::handle(const ipc::Ping& ping, privsep::UniqueFd /*passed*/)
{
    send(ipc::Pong{ping.number});
}

void Responder::handle(const ipc::Attach& attach, privsep::UniqueFd passed)
{
    if (attach.role != ipc::Role::keeper || !passed) {
        exit_reason_ = "the supervisor did not pass a channel to the keeper";
        return;
    }
    feed_.attach(privsep::Channel{std::move(passed)});
}

void Responder::handle(const ipc::Quit& /*quit*/, privsep::UniqueFd /*passed*/)
{
    quitting_ = true;
    for (const auto& socket : udp_) {
        if (shares_sockets_) {
            socket->ready(EPOLLIN); // this datagram woke no other worker
        }
        loop_.remove(socket->get(), *socket);
    }
    tcp_->finish_all();
}

void Responder::handle(const ipc::ReportStatistics& /*report*/, privsep::UniqueFd /*passed*/)
{
    report_statistics();
}

/// The config's secrets, which servers share, stay in use.
void Responder::handle(const ipc::CookieSecrets& secrets, privsep::UniqueFd /*passed*/)
{
    if (!has_own_cookie_secrets_) {
        answerer_.use(secrets);
    }
}

void Responder::handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd /*passed*/)
{
    privsep::set_verbosity(static_cast<unsigned>(verbosity.level));
}

void Responder::send(const ipc::ChildToSupervisor& message)
{
    // the supervisor reads all messages; if it does not, it counts as gone
    if (supervisor_.send(message) != privsep::Transfer::done) {
        exit_reason_ = "cannot send to the supervisor";
    }
}

} // namespace responder
