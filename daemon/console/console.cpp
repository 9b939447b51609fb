#include "daemon/console/console.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <sys/socket.h>
#include <utility>

#include "daemon/console/rows.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace console
{

namespace admin = ipc::admin;
using privsep::Transfer;

namespace
{

constexpr base::Uptime accept_pause{1000};

} // namespace

Console::Session::Session(Console& console, AskerId id, privsep::UniqueFd socket) noexcept
    : client(id, privsep::Channel{std::move(socket)}, console.clock_() + command_time), console_(console)
{
}

Console::Console(privsep::EventLoop& loop, Ends ends, ConfiguredHosts hosts, MetricsServer::Clock clock)
    : loop_(loop), clock_(clock), hosts_(std::move(hosts)),
      supervisor_(loop, std::move(ends.supervisor), *this), keeper_(loop, *this), pages_(ends.pages, tally_),
      requests_(hosts_, pages_, keeper_, supervisor_)
{
    for (privsep::UniqueFd& listener : ends.control) {
        doors_.emplace_back(*this, std::move(listener));
        loop_.add(doors_.back().get(), EPOLLIN, doors_.back());
    }
    if (!ends.metrics.empty()) {
        MetricsServer::Source& source = *this;
        metrics_.emplace(loop, std::move(ends.metrics), source, clock,
                         common::ConnectionTally{tally_.at(common::OfConsole::metrics)});
    }
    keeper_.attach(std::move(ends.keeper));
}

Console::~Console()
{
    for (Door& door : doors_) {
        loop_.remove(door.get(), door);
    }
    for (Session& session : sessions_) {
        loop_.remove(session.client.channel().get(), session);
    }
}

Console::State Console::state() const noexcept
{
    if (supervisor_.is_gone() || keeper_.has_failed()) {
        return State::orphaned;
    }
    return supervisor_.was_told_to_quit() ? State::done : State::serving;
}

int Console::timeout_ms(base::Uptime now) const noexcept
{
    base::Uptime next = is_paused_ ? paused_until_ : base::Uptime::max();
    for (const Session& session : sessions_) {
        const Client& client = session.client;
        const bool has_deadline = !std::holds_alternative<Watch>(client.job) || client.has_queued();
        next = client.wants_turn ? now : std::min(next, has_deadline ? client.deadline() : next);
    }
    const int of_metrics = metrics_ ? metrics_->next_timeout_ms() : -1;
    if (next == base::Uptime::max()) {
        return of_metrics;
    }
    constexpr base::Uptime longest{std::numeric_limits<int>::max()};
    const int own = static_cast<int>(std::clamp(next - now, base::Uptime{0}, longest).count());
    return of_metrics < 0 ? own : std::min(own, of_metrics);
}

void Console::turn(int longest_ms)
{
    const int own = timeout_ms(clock_());
    loop_.turn(own < 0 || (longest_ms >= 0 && longest_ms < own) ? longest_ms : own);
    after_events(clock_());
}

/// Of answers, too: a client may have been answered while another one was served.
void Console::after_events(base::Uptime now)
{
    for (Session& session : sessions_) {
        settle(session, now);
    }
    std::erase_if(sessions_, [this](Session& session) {
        if (session.client.is_finished()) {
            keeper_.forget(session.client.id());
            loop_.remove(session.client.channel().get(), session);
            return true;
        }
        return false;
    });
    if (metrics_) {
        metrics_->expire();
    }
    if (is_paused_ && paused_until_ <= now) {
        pause_accepting(false);
    }
}

bool Console::is_overdue(const Client& client, base::Uptime now) const noexcept
{
    const bool only_watches = std::holds_alternative<Watch>(client.job) && !client.has_queued();
    return !only_watches && client.deadline() <= now;
}

void Console::settle(Session& session, base::Uptime now)
{
    Client& client = session.client;
    if (client.wants_turn) {
        requests_.go_on(client, now);
    }
    if (is_overdue(client, now)) {
        if (!client.has_queued() && !std::holds_alternative<std::monostate>(client.job)) {
            client.refuse(admin::Refused::failed, "the daemon did not answer in time: the log may say why");
        }
        keeper_.forget(client.id());
        client.drop();
    }
    watch(session);
}

void Console::watch(Session& session)
{
    Client& client = session.client;
    const std::uint32_t wanted = client.has_queued() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (!client.is_finished() && wanted != client.events) {
        loop_.modify(client.channel().get(), wanted, session);
        client.events = wanted;
    }
}

void Console::pause_accepting(bool is_paused)
{
    is_paused_ = is_paused;
    paused_until_ = clock_() + accept_pause;
    for (Door& door : doors_) {
        loop_.modify(door.get(), is_paused ? 0U : std::uint32_t{EPOLLIN}, door);
    }
}

void Console::accept_from(const Door& door)
{
    privsep::UniqueFd socket{::accept4(door.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!socket) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            pause_accepting(true);
        }
        return;
    }
    Client& client = sessions_.emplace_back(*this, ++last_id_, std::move(socket)).client;
    if (sessions_.size() > max_clients) {
        std::array<std::uint8_t, 64> room{}; // what was not read would make the client lose the answer
        client.channel().receive_record(room);
        client.refuse(admin::Refused::busy,
                      base::filled("{} clients are connected already, and more cannot: end one of them",
                                   {max_clients}));
        sessions_.pop_back();
        return;
    }
    client.events = EPOLLIN;
    loop_.add(client.channel().get(), EPOLLIN, sessions_.back());
}

void Console::serve(Session& session, std::uint32_t events)
{
    Client& client = session.client;
    if (client.is_finished()) {
        return;
    }
    client.channel().heed(events);
    if ((events & EPOLLOUT) != 0) {
        client.flush();
        if (!client.has_queued()) {
            requests_.go_on(client, clock_());
        }
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        receive(client);
    }
}

void Console::receive(Client& client)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, admin::max_request> room;
    const privsep::Channel::Received received = client.channel().receive_record(room);
    switch (received.transfer) {
    case Transfer::done:
        take(client, received.record);
        return;
    case Transfer::would_block:
        return;
    case Transfer::closed:
    case Transfer::malformed: // longer than a request may be, or with descriptors
        client.drop();
    }
}

void Console::take(Client& client, base::Bytes record)
{
    if (!client.has_said_hello()) {
        const auto version = admin::version_of(record);
        if (version && *version != admin::protocol_version) {
            client.refuse(
                admin::Refused::other_version,
                base::filled("nanodnsd {} speaks version {} of the protocol, not version {}: use the "
                             "nanodnsctl that was installed with it",
                             {NANODNSD_VERSION, admin::protocol_version, *version}));
            client.finish();
            return;
        }
    }
    // who has not read the last answer gets no other one
    const bool may_ask = std::holds_alternative<std::monostate>(client.job) && !client.has_queued();
    if (!may_ask || !requests_.begin(client, record, watchers(), clock_())) {
        client.drop();
    }
}

std::size_t Console::watchers() const noexcept
{
    return static_cast<std::size_t>(std::ranges::count_if(
        sessions_, [](const Session& session) { return std::holds_alternative<Watch>(session.client.job); }));
}

Client* Console::find(AskerId id) noexcept
{
    const auto found =
        std::ranges::find_if(sessions_, [id](const Session& session) { return session.client.id() == id; });
    return found == sessions_.end() ? nullptr : &found->client;
}

void Console::keeper_answered(AskerId asker, KeeperAnswer& answer)
{
    if (asker == Requests::metrics) {
        scrape_.take(answer);
        ask_for_scrape();
    } else if (Client* const client = find(asker)) {
        requests_.answered(*client, answer, clock_());
    }
}

void Console::changes_are_new()
{
    for (Session& session : sessions_) {
        requests_.changes_are_new(session.client);
    }
}

void Console::state_arrived(const DaemonState& state)
{
    for (Session& session : sessions_) {
        requests_.state_arrived(session.client, state);
    }
    if (const std::string* text = scrape_.finish(pages_, state.processes)) {
        metrics_->answer(*text);
    }
}

void Console::reload_ended(const ipc::ReloadOutcome& outcome)
{
    for (Session& session : sessions_) {
        Requests::reload_ended(session.client, outcome);
    }
}

void Console::keeper_attached(privsep::UniqueFd channel)
{
    keeper_.attach(KeeperLink::Channel{std::move(channel)});
}

void Console::collect()
{
    scrape_.begin();
    ask_for_scrape();
}

void Console::ask_for_scrape()
{
    if (scrape_.needs_summary()) {
        keeper_.ask(Requests::metrics, ipc::AskSummary{});
    } else if (const auto hosts = scrape_.needed_hosts()) {
        keeper_.ask(Requests::metrics, *hosts);
    } else {
        supervisor_.ask_state();
    }
}

} // namespace console
