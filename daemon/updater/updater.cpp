#include "daemon/updater/updater.h"

#include <algorithm>
#include <string>
#include <utility>

#include "proto/base/text.h"

namespace updater
{

using common::ConnectionId;
using common::UpdateOutcome;
using privsep::Level;
using privsep::Transfer;

namespace
{

using Slot = common::OfUpdater;

constexpr unsigned messages_a_turn = 16;

/// Each connection may have one proposal, and as many may have been sent by connections that are closed.
std::size_t max_pending(const ipc::UpdaterSetup& setup) noexcept
{
    return std::size_t{2} * setup.connections;
}

common::StreamServer::Limits limits_of(const ipc::UpdaterSetup& setup) noexcept
{
    common::StreamServer::Limits limits;
    limits.connections = setup.connections;
    // one network cannot keep others out: it gets three quarters of the connections, and at least one
    limits.per_network = static_cast<std::uint16_t>(std::max(1, setup.connections * 3 / 4));
    limits.exempts_loopback = true;
    limits.protected_for = base::Uptime{250}; // a request may come in several segments
    limits.renewed_by_request = true;
    limits.timeout = setup.timeout;
    limits.time_to_ask = base::Uptime{2000}; // a handshake and a request take round trips
    limits.renewed_by_reply = false;
    limits.max_input = http::max_request + 1; // longer requests are refused before
    return limits;
}

/// The shorter of two timeouts in milliseconds; -1 means none.
int shorter_timeout(int left, int right) noexcept
{
    return left < 0 || (right >= 0 && right < left) ? right : left;
}

} // namespace

Updater::Updater(privsep::EventLoop& loop, Ends ends, const ipc::UpdaterSetup& setup,
                 common::StreamServer::Clock clock, Layer* layer)
    : loop_(loop), clock_(clock), layer_(layer), supervisor_(std::move(ends.supervisor)),
      keeper_(loop, *this, max_pending(setup)), tally_(ends.counters),
      server_(loop, std::move(ends.listeners), limits_of(setup),
              layer != nullptr ? *layer : static_cast<common::StreamHandler&>(*this), clock,
              common::ConnectionTally{tally_.at(common::OfUpdater::connections)}),
      proxies_{setup.trusted_proxies, setup.proxy_header}, has_page_(setup.has_page),
      https_port_(setup.https_port)
{
    if (layer_ != nullptr) {
        layer_->connect(server_, *this);
    }
    keeper_.attach(std::move(ends.keeper));
    loop_.add(supervisor_.get(), EPOLLIN, control_watcher_);
}

Updater::~Updater()
{
    loop_.remove(supervisor_.get(), control_watcher_);
}

void Updater::announce(std::uint32_t layers)
{
    if (supervisor_.send(ipc::Ready{layers}) != Transfer::done) {
        state_ = State::orphaned;
    }
}

void Updater::turn(int longest_ms)
{
    loop_.turn(shorter_timeout(server_.next_timeout_ms(clock_()), longest_ms));
    server_.expire(clock_());
    if (keeper_.has_failed()) { // no other channel will come: exit, to be started again
        state_ = State::orphaned;
    }
    finish_if_done();
}

/// What was counted and not reported yet would be lost with the process.
void Updater::finish_if_done()
{
    if (state_ == State::quitting && server_.open_connections() == 0) {
        state_ = State::done;
    }
    if (state_ >= State::done && unreported_requests() != 0) {
        report_statistics();
    }
}

void Updater::receive_messages()
{
    for (unsigned i = 0; i < messages_a_turn; ++i) {
        std::optional<ipc::SupervisorToChild> message;
        privsep::UniqueFd passed;
        const Transfer transfer = supervisor_.receive(message, passed);
        if (transfer == Transfer::would_block) {
            return;
        }
        const auto handle_one = [&](const auto& m) { return handle(m, std::move(passed)); };
        if (transfer != Transfer::done || !std::visit(handle_one, *message)) {
            state_ = State::orphaned;
            return;
        }
    }
}

bool Updater::handle(const ipc::Ping& ping, privsep::UniqueFd /*passed*/)
{
    return supervisor_.send(ipc::Pong{ping.number}) !=
           Transfer::closed; // if the channel is full, the next ping is answered
}

bool Updater::handle(const ipc::Attach& attach, privsep::UniqueFd passed)
{
    if (!passed) {
        return false;
    }
    if (attach.role != ipc::Role::keeper) {
        return layer_ != nullptr && layer_->attach(attach.role, std::move(passed));
    }
    keeper_.attach(KeeperLink::Channel{privsep::Channel{std::move(passed)}});
    return true;
}

/// Requests under way get their answer, but not from a new keeper.
bool Updater::handle(const ipc::Quit& /*quit*/, privsep::UniqueFd /*passed*/)
{
    state_ = State::quitting;
    server_.retire();
    keeper_.expect_no_new_keeper();
    return true;
}

bool Updater::handle(const ipc::ReportStatistics& /*report*/, privsep::UniqueFd /*passed*/)
{
    report_statistics();
    return true;
}

bool Updater::handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd /*passed*/)
{
    privsep::set_verbosity(static_cast<unsigned>(verbosity.level));
    return true;
}

void Updater::report_statistics()
{
    privsep::log(Level::notice,
                 "statistics: requests {}, updated {}, unchanged {}, refused {}, unavailable {}, invalid {}",
                 {unreported_requests(), unreported(UpdateOutcome::changed),
                  unreported(UpdateOutcome::unchanged), unreported(UpdateOutcome::refused),
                  unreported(UpdateOutcome::unavailable), unreported(UpdateOutcome::invalid)});
    tally_.set_reported();
}

std::uint64_t Updater::unreported(UpdateOutcome outcome) const noexcept
{
    std::uint64_t sum = outcome == UpdateOutcome::invalid ? tally_.unreported(Slot::of_no_dialect) : 0;
    for (std::uint8_t number = 1; valid(ipc::Dialect{number}); ++number) {
        sum += tally_.unreported(common::slot_of(ipc::Dialect{number}, outcome));
    }
    return sum;
}

std::uint64_t Updater::unreported_requests() const noexcept
{
    std::uint64_t sum = 0;
    for (std::size_t outcome = 0; outcome < common::update_outcomes.size(); ++outcome) {
        sum += unreported(static_cast<UpdateOutcome>(outcome));
    }
    return sum;
}

Updater::Exchange& Updater::exchange_of(ConnectionId id)
{
    while (exchanges_.size() <= id.slot) {
        exchanges_.emplace_back();
    }
    return exchanges_[id.slot];
}

common::Consumed Updater::received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer)
{
    http::RequestReader& reader = exchange_of(id).reader;
    const std::string_view arrived = base::as_text(input);
    const auto progress = reader.read(arrived);
    if (const auto* request = std::get_if<http::Request>(&progress)) {
        const bool busy = answer(id, *request, peer);
        return {.bytes = input.size(), .busy = busy};
    }
    if (const auto* refusal = std::get_if<http::Refusal>(&progress)) {
        refuse(id, {http::reply_to(*refusal, reader, arrived, has_page_), ""}, http::client_of(peer),
               reader.path(arrived));
        return {.bytes = input.size()};
    }
    if (ended) { // RFC 9112 section 8: an incomplete request may be answered
        refuse(id, {{http::Status::bad_request, "incomplete request"}, ""}, http::client_of(peer),
               reader.path(arrived));
        return {.bytes = input.size()};
    }
    if (std::get<http::NeedMore>(progress).send_continue) {
        send(id, base::as_bytes(http::continue_reply));
    }
    return {};
}

/// True if the keeper was asked and its outcome is pending.
bool Updater::answer(ConnectionId id, const http::Request& request, const base::Address& peer)
{
    const http::Client client = http::client_of(request, peer, proxies_);
    if (has_page_ && request.path == http::page::path) {
        return answer_with_page(id, request, client, peer);
    }
    auto parsed = http::read_request(request, client);
    if (const auto* answer = std::get_if<http::Answer>(&parsed)) {
        reply(id, answer->reply);
        return false;
    }
    if (const auto* refused = std::get_if<http::Refused>(&parsed)) {
        refuse(id, *refused, client, request.path);
        return false;
    }
    return propose(id, std::move(std::get<http::Update>(parsed)));
}

bool Updater::propose(ConnectionId id, http::Update&& update)
{
    Exchange& exchange = exchange_of(id);
    exchange.proposed = keeper_.propose(id, std::move(update));
    if (!exchange.proposed) {
        // NOLINTNEXTLINE(bugprone-use-after-move): propose() has left `update` as it was
        answered(id, update, http::settled_alike(update.proposal, ipc::Verdict::unavailable));
        return false;
    }
    return true;
}

void Updater::refuse(ConnectionId id, const http::Refused& refused, const http::Client& client,
                     std::optional<std::string_view> path)
{
    const bool is_of_updates = refused.dialect != nullptr && refused.dialect->reply_to != nullptr;
    tally_.count(is_of_updates ? common::slot_of(refused.dialect->name, UpdateOutcome::invalid)
                               : Slot::of_no_dialect);
    log_refused(refused, client, path);
    reply(id, refused.reply);
}

void Updater::log_refused(const http::Refused& refused, const http::Client& client,
                          std::optional<std::string_view> path)
{
    if (refusal_limit_.admits(client.address, clock_().count())) {
        privsep::log_text(Level::notice, refused_line(client.address, path, refused));
    }
}

void Updater::reply(ConnectionId id, const http::Reply& reply)
{
    const bool is_to_head = exchange_of(id).reader.method() == http::Method::head;
    send(id, base::as_bytes(http::serialise(reply, is_to_head)));
    finish(id);
}

void Updater::send_part(ConnectionId id, base::Bytes clear)
{
    if (layer_ != nullptr) {
        layer_->send_part(id, clear, clock_());
    } else {
        server_.send_part(id, clear, clock_());
    }
}

void Updater::send(ConnectionId id, base::Bytes clear)
{
    if (layer_ != nullptr) {
        layer_->send(id, clear, clock_());
    } else {
        server_.send(id, clear, clock_());
    }
}

void Updater::finish(ConnectionId id)
{
    if (layer_ != nullptr) {
        layer_->finish(id);
    } else {
        server_.finish(id);
    }
}

void Updater::answered(ConnectionId connection, const http::Update& update, const ipc::Settled& settled)
{
    Exchange& exchange = exchange_of(connection);
    exchange.proposed.reset();
    if (exchange.page) {
        add_to_page(connection, update, settled);
        return;
    }
    tally_.count(common::slot_of(update.proposal.dialect, outcome_of(settled)));
    const http::Reply answer = http::reply_to(update, settled);
    log_settled(update, settled, answer);
    reply(connection, answer);
}

void Updater::log_settled(const http::Update& update, const ipc::Settled& settled, const http::Reply& answer)
{
    if (privsep::log_shows(Level::info)) {
        request_log_.log(Level::info, settled_line(update, settled, answer), clock_().count());
    }
}

/// A request counts once, whatever the number of its hosts: as `changed` if one of them was, and so on.
UpdateOutcome Updater::outcome_of(const ipc::Settled& settled) noexcept
{
    const auto has = [&](ipc::Verdict verdict) {
        return std::ranges::any_of(
            settled.hosts, [=](const ipc::HostOutcome& outcome) { return outcome.verdict == verdict; });
    };
    if (has(ipc::Verdict::committed)) {
        return UpdateOutcome::changed;
    }
    if (has(ipc::Verdict::unchanged)) {
        return UpdateOutcome::unchanged;
    }
    return has(ipc::Verdict::unavailable) ? UpdateOutcome::unavailable : UpdateOutcome::refused;
}

void Updater::closed(ConnectionId id)
{
    Exchange& exchange = exchange_of(id);
    if (exchange.proposed) {
        keeper_.forget(*exchange.proposed);
    }
    exchange = {};
}

/// The keeper may still accept the update: a client that repeats it then gets `ok unchanged`.
void Updater::overdue(ConnectionId id)
{
    const Exchange& exchange = exchange_of(id);
    if (exchange.proposed) {
        overdue_log_.log(Level::warning,
                         exchange.page ? "the keeper did not answer a request of the page in time"
                                       : "an update was not stored in time: its client is told to try again",
                         clock_().count());
        keeper_.give_up(*exchange.proposed);
    }
}

} // namespace updater
