#include "daemon/console/requests.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "daemon/console/metrics_text.h"
#include "daemon/console/rows.h"
#include "privsep/log.h"
#include "proto/base/pattern.h"
#include "proto/base/text.h"

namespace console
{

namespace admin = ipc::admin;
using admin::Refused;

namespace
{

constexpr unsigned hosts_a_turn = 64;

bool fits(const admin::HostRow& row, const Listing& listing)
{
    switch (listing.filter) {
    case admin::Filter::overdue:
        if (!row.overdue_since) {
            return false;
        }
        break;
    case admin::Filter::refused:
        if (!row.refused || row.refused->since_success == 0) {
            return false;
        }
        break;
    case admin::Filter::all:
        break;
    }
    if (listing.pattern.empty()) {
        return true;
    }
    const std::string name = row.name.to_text();
    return base::matches(listing.pattern, std::string_view{name}.substr(0, name.size() - 1));
}

std::uint32_t index_of(const KeptHost& host) noexcept
{
    return static_cast<std::uint32_t>(host.row.index);
}

/// What the keeper knows of this host, if it does. Hosts are asked for in the order of their indices.
const KeptHost* kept_of(std::list<KeptHost>& page, std::uint32_t index)
{
    while (!page.empty() && index_of(page.front()) < index) {
        page.pop_front();
    }
    return !page.empty() && index_of(page.front()) == index ? &page.front() : nullptr;
}

/// Answers with the counters among the metrics.
class CounterRows final : public MetricSink
{
public:
    explicit CounterRows(Client& client) noexcept : client_(client) {}

private:
    void take(const Metric& metric, const Sample& sample, bool /*is_first*/) override
    {
        if (metric.kind == Metric::Kind::counter) {
            client_.say(admin::Counter{metric.name, std::string{sample.labels}, sample.value});
        }
    }

    Client& client_;
};

dns::CompactName lowered(const dns::CompactName& name)
{
    return dns::CompactName{name.get().lowered()};
}

} // namespace

/// The name as an administrator writes it: below the domain, or "@".
std::string Requests::label(const dns::CompactName& name) const
{
    const dns::Name whole = name.get();
    const dns::Name apex = hosts_.head().apex.get();
    if (whole == apex) {
        return "@";
    }
    std::string text = whole.to_text();
    const std::string end = "." + apex.to_text();
    text.resize(text.ends_with(end) ? text.size() - end.size() : text.size() - 1);
    return text;
}

bool Requests::begin(Client& client, base::Bytes record, std::size_t watchers, base::Uptime now)
{
    return ipc::take_record<admin::ClientToConsole>(record, [&](auto& request) {
        using Request = std::remove_reference_t<decltype(request)>;
        if (std::is_same_v<Request, admin::Hello> == client.has_said_hello()) {
            return false;
        }
        client.renew(now, std::is_same_v<Request, admin::Reload> ? reload_time : command_time);
        if (const char* const reason = reason_to_wait(request, now)) {
            client.refuse(Refused::busy, reason);
        } else {
            start(client, request, watchers);
        }
        return true;
    });
}

void Requests::start(Client& client, admin::Hello& hello, std::size_t /*watchers*/)
{
    client.claim(hello.uid);
    client.say(admin::Welcome{NANODNSD_VERSION, hosts_.head().apex});
}

void Requests::start(Client& client, admin::AskStatus& /*request*/, std::size_t /*watchers*/)
{
    client.job.emplace<Status>();
    keeper_.ask(client.id(), ipc::AskSummary{});
}

void Requests::start(Client& client, admin::AskHosts& request, std::size_t /*watchers*/)
{
    auto& listing = client.job.emplace<Listing>();
    listing.pattern = std::move(request.pattern);
    listing.filter = request.filter;
    listing.at = hosts_.begin();
    ask_page(client, listing);
}

void Requests::start(Client& client, admin::AskHost& request, std::size_t /*watchers*/)
{
    const dns::CompactName& name = client.job.emplace<Lookup>().name = lowered(request.name);
    keeper_.ask(client.id(), ipc::AskHost{{}, name});
}

void Requests::start(Client& client, admin::Set& request, std::size_t /*watchers*/)
{
    const dns::CompactName& name = client.job.emplace<Change>().name = lowered(request.name);
    keeper_.ask(client.id(), ipc::SetHost{{}, client.who(), name, request.address4, request.address6});
}

void Requests::start(Client& client, admin::Clear& request, std::size_t /*watchers*/)
{
    const dns::CompactName& name = client.job.emplace<Change>().name = lowered(request.name);
    keeper_.ask(client.id(), ipc::ClearHost{{}, client.who(), name, request.a, request.aaaa, request.txt});
}

void Requests::start(Client& client, admin::Watch& request, std::size_t watchers)
{
    if (watchers >= max_watchers) {
        client.refuse(
            Refused::busy,
            base::filled("{} clients watch already, and more cannot: end one of them", {max_watchers}));
        return;
    }
    auto& watch = client.job.emplace<Watch>();
    if (request.host) {
        watch.host = lowered(*request.host);
    }
    watch.after = {request.after.list, request.after.number};
    ask_changes(client, watch);
}

void Requests::start(Client& client, admin::AskCounters& /*request*/, std::size_t /*watchers*/)
{
    client.job.emplace<Count>();
    supervisor_.ask_state();
}

void Requests::start(Client& client, admin::Reload& /*request*/, std::size_t /*watchers*/)
{
    privsep::log(privsep::Level::notice, "{} asks for a reload", {describe(client.who())});
    client.job.emplace<Reload>().number = supervisor_.ask_reload();
}

void Requests::start(Client& client, admin::SetVerbosity& request, std::size_t /*watchers*/)
{
    privsep::log(privsep::Level::notice, "{} sets the verbosity to {}",
                 {describe(client.who()), static_cast<unsigned>(request.level)});
    supervisor_.set_verbosity(request.level);
    client.say(admin::Done{});
}

void Requests::answered(Client& client, KeeperAnswer& answer, base::Uptime now)
{
    if (auto* listing = std::get_if<Listing>(&client.job)) {
        take_page(client, *listing, answer, now);
    } else if (auto* watch = std::get_if<Watch>(&client.job)) {
        take_changes(client, *watch, answer, now);
    } else if (const auto* lookup = std::get_if<Lookup>(&client.job)) {
        look_up(client, lookup->name, answer);
        client.job.emplace<std::monostate>();
    } else if (const auto* change = std::get_if<Change>(&client.job)) {
        end_change(client, change->name, *answer.host_changed);
    } else if (auto* status = std::get_if<Status>(&client.job)) {
        status->summary = std::move(answer.summary);
        supervisor_.ask_state();
    }
}

void Requests::ask_page(Client& client, Listing& listing)
{
    listing.waits_for_keeper = true;
    keeper_.ask(client.id(), ipc::AskHosts{{}, ipc::HostIndex{listing.at.index}, rows_a_page});
}

void Requests::take_page(Client& client, Listing& listing, KeeperAnswer& answer, base::Uptime now)
{
    const ipc::RowsEnd& end = *answer.hosts_end;
    if (!std::exchange(listing.has_end, true)) {
        listing.end = {place_of(end.place), end.serial};
    }
    listing.is_last_page = !end.next.has_value();
    // a page has at least one host, so each takes the table on
    listing.page_end = listing.is_last_page
                           ? hosts_.head().hosts
                           : std::max(static_cast<std::uint32_t>(*end.next), listing.at.index + 1);
    listing.page = std::move(answer.hosts);
    listing.waits_for_keeper = false;
    go_on(client, listing, now);
}

void Requests::go_on(Client& client, base::Uptime now)
{
    client.wants_turn = false;
    if (auto* listing = std::get_if<Listing>(&client.job)) {
        go_on(client, *listing, now);
    } else if (auto* watch = std::get_if<Watch>(&client.job)) {
        if (watch->has_more && !watch->is_asking) {
            ask_changes(client, *watch);
        }
    }
}

void Requests::go_on(Client& client, Listing& listing, base::Uptime now)
{
    for (unsigned i = 0; i < hosts_a_turn && !listing.waits_for_keeper && !client.has_queued(); ++i) {
        if (!say_next(client, listing, now)) {
            return;
        }
    }
    client.wants_turn = !listing.waits_for_keeper && !client.has_queued();
}

/// False if it has to wait for the next page, or if that was all.
bool Requests::say_next(Client& client, Listing& listing, base::Uptime now)
{
    if (listing.at.index >= listing.page_end && !listing.is_last_page) {
        ask_page(client, listing);
        return false;
    }
    const std::uint32_t index = listing.at.index;
    const auto host = hosts_.next(listing.at);
    if (!host) {
        client.say(listing.end);
        client.job.emplace<std::monostate>();
        return false;
    }
    if (index % ipc::max_rows == 0) {
        client.renew(now, command_time);
    }
    const KeptHost* const kept = kept_of(listing.page, index);
    const admin::HostRow row = row_of(*host, kept);
    if (fits(row, listing)) {
        say_host(client, row, kept);
    }
    return true;
}

void Requests::say_host(Client& client, const admin::HostRow& row, const KeptHost* kept)
{
    client.say(row);
    if (kept != nullptr) {
        for (const dns::CompactName& follower : kept->followers) {
            client.say(admin::HostFollower{follower});
        }
    }
}

void Requests::look_up(Client& client, const dns::CompactName& name, const KeeperAnswer& answer)
{
    const auto host = hosts_.find(name);
    if (!host) {
        client.refuse(Refused::no_such_host, base::filled("there is no host {}", {label(name)}));
        return;
    }
    const KeptHost* const kept = answer.hosts.empty() ? nullptr : &answer.hosts.front();
    say_host(client, row_of(*host, kept), kept);
    const ipc::RowsEnd& end = *answer.hosts_end;
    client.say(admin::Done{place_of(end.place), end.serial});
}

void Requests::end_change(Client& client, const dns::CompactName& name, const ipc::HostChanged& result)
{
    using ipc::Administered;
    const std::string host = label(name);
    switch (result.result) {
    case Administered::changed:
    case Administered::unchanged:
        client.say(admin::Outcome{result.result == Administered::changed, result.serial, result.address4,
                                  result.address6});
        client.job.emplace<std::monostate>();
        return;
    case Administered::no_such_host:
        if (!hosts_.find(name)) {
            client.refuse(Refused::no_such_host, base::filled("there is no host {}", {host}));
            return;
        }
        [[fallthrough]];
    case Administered::static_host:
        client.refuse(Refused::not_allowed,
                      base::filled("{} is static: its records are those of the configuration", {host}));
        return;
    case Administered::follower:
        client.refuse(Refused::not_allowed,
                      base::filled("{} follows another host: set or clear that one", {host}));
        return;
    case Administered::no_challenge:
        client.refuse(Refused::not_allowed, base::filled("{} has neither acme=yes nor an acme_hash", {host}));
        return;
    case Administered::private_address:
        client.refuse(Refused::not_allowed, host + " may not have a private address: see allow_private");
        return;
    case Administered::invalid_address:
        client.refuse(Refused::not_allowed, "no host can have this address");
        return;
    case Administered::unavailable:
        client.refuse(Refused::failed, "it could not be stored, so nothing changed: the log says why");
    }
}

void Requests::state_arrived(Client& client, const DaemonState& state)
{
    const auto* status = std::get_if<Status>(&client.job);
    if (status != nullptr && status->summary) {
        say_status(client, *status->summary, state);
        client.job.emplace<std::monostate>();
    } else if (std::holds_alternative<Count>(client.job)) {
        client.say(admin::CountersSince{hosts_.head().up_since});
        CounterRows counters{client};
        write_metrics({state.processes, pages_}, counters);
        client.say(admin::Done{});
        client.job.emplace<std::monostate>();
    }
}

void Requests::say_status(Client& client, const ipc::Summary& summary, const DaemonState& state) const
{
    const ipc::ConsoleSetup& head = hosts_.head();
    client.say(admin::StatusDaemon{summary.serial, head.up_since, head.config_path, head.config_read,
                                   summary.hosts, summary.with_address, summary.overdue,
                                   pages_.count(OfKeeper::changed), pages_.count(OfKeeper::unchanged),
                                   pages_.count(OfKeeper::refused), summary.last_host, summary.last_at});
    if (const auto expires = pages_.certificate_expires()) {
        client.say(admin::StatusCertificate{head.name_server, *expires});
    }
    for (const ipc::SocketState& socket : state.sockets) {
        constexpr std::array sockets{admin::Socket::dns_tcp, admin::Socket::dns_udp, admin::Socket::http,
                                     admin::Socket::https,   admin::Socket::control, admin::Socket::metrics};
        client.say(admin::StatusSocket{sockets[static_cast<std::size_t>(socket.service) - 1], socket.address,
                                       socket.port});
    }
    for (const ipc::ProcessState& process : state.processes) {
        client.say(admin::StatusProcess{process.name, process.index, process.pid, process.started,
                                        process.restarts, process.missing});
    }
    client.say(admin::Done{});
}

void Requests::reload_ended(Client& client, const ipc::ReloadOutcome& outcome)
{
    const auto* reload = std::get_if<Reload>(&client.job);
    const bool is_too_soon = outcome.result == ipc::ReloadResult::too_soon;
    if (reload == nullptr ||
        (is_too_soon ? reload->number != outcome.number : reload->number > outcome.number)) {
        return;
    }
    switch (outcome.result) {
    case ipc::ReloadResult::taken:
        client.say(admin::Done{});
        client.job.emplace<std::monostate>();
        return;
    case ipc::ReloadResult::refused:
        client.refuse(Refused::bad_config, outcome.why);
        return;
    case ipc::ReloadResult::too_soon:
        client.refuse(Refused::busy, too_many_reloads);
    }
}

} // namespace console
