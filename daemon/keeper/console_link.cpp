#include "daemon/keeper/console_link.h"

#include <algorithm>
#include <utility>

#include "daemon/common/clock.h"
#include "privsep/log.h"

namespace keeper
{

using privsep::Transfer;

namespace
{

/// What does not change any address.
ipc::Propose keep_all(ipc::RequestId id)
{
    ipc::Propose proposal;
    proposal.id = id;
    proposal.ipv4.change = ipc::Change::keep;
    proposal.ipv6.change = ipc::Change::keep;
    proposal.prefix.change = ipc::Change::keep;
    return proposal;
}

ipc::Administered result_of(const ipc::HostOutcome& outcome) noexcept
{
    using ipc::Administered;
    switch (outcome.verdict) {
    case ipc::Verdict::committed:
        return Administered::changed;
    case ipc::Verdict::unchanged:
        return Administered::unchanged;
    case ipc::Verdict::unsuitable:
        return outcome.reason == ipc::Reason::none ? Administered::invalid_address
                                                   : Administered::private_address;
    case ipc::Verdict::refused:
    case ipc::Verdict::outside_zone:
    case ipc::Verdict::unavailable:
        break;
    }
    return Administered::unavailable;
}

} // namespace

ConsoleLink::ConsoleLink(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), feeds_(feeds), rows_(ledger), report_peer_(std::move(report_peer))
{
}

ConsoleLink::~ConsoleLink()
{
    detach();
}

void ConsoleLink::attach(privsep::UniqueFd channel)
{
    detach();
    channel_ = privsep::Channel{std::move(channel)};
    watched_ = EPOLLIN;
    loop_.add(channel_.get(), watched_, *this);
}

void ConsoleLink::detach() noexcept
{
    answer_ = {};
    waits_after_.reset();
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_ = privsep::Channel{};
    }
}

void ConsoleLink::ready(std::uint32_t events)
{
    channel_.heed(events);
    Transfer transfer = is_answering() ? Transfer::done : read_request();
    if (transfer == Transfer::done) {
        transfer = answer();
    }
    if (transfer == Transfer::malformed) {
        privsep::log(privsep::Level::error, "the console sent an invalid message: closing its channel");
        report_peer_({ipc::Role::console, 0});
    }
    if (transfer == Transfer::malformed || transfer == Transfer::closed) {
        detach();
    } else {
        announce();
    }
}

Transfer ConsoleLink::read_request()
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, ipc::longest_record<ipc::ConsoleToKeeper>> room;
    const auto received = channel_.receive_record(room);
    if (received.transfer != Transfer::done) {
        return received.transfer;
    }
    const auto message = ipc::decode<ipc::ConsoleToKeeper>(received.record);
    if (!message) {
        return Transfer::malformed;
    }
    std::visit([this](const auto& request) { begin(request); }, *message);
    return Transfer::done;
}

void ConsoleLink::begin(const ipc::AskHosts& request)
{
    answer_ = Rows{request.id,
                   rows_.first_from(request.first),
                   std::min<unsigned>(request.count, ipc::max_rows),
                   true,
                   {},
                   0,
                   ledger_.changes().end(),
                   ledger_.serial()};
}

void ConsoleLink::begin(const ipc::AskHost& request)
{
    answer_ = Rows{request.id,      rows_.find(request.name.get()), 1, false, {}, 0, ledger_.changes().end(),
                   ledger_.serial()};
}

void ConsoleLink::begin(const ipc::SetHost& request)
{
    ipc::Propose proposal = keep_all(request.id);
    if (request.address4) {
        proposal.ipv4 = {ipc::Change::set, *request.address4};
    }
    if (request.address6) {
        proposal.ipv6 = {ipc::Change::set, *request.address6};
    }
    answer_ = record_of(administer(request.name.get(), proposal, request.by));
}

void ConsoleLink::begin(const ipc::ClearHost& request)
{
    ipc::Propose proposal = keep_all(request.id);
    if (request.a) {
        proposal.ipv4.change = ipc::Change::remove;
    }
    if (request.aaaa) {
        proposal.ipv6.change = ipc::Change::remove;
        proposal.prefix.change = ipc::Change::remove;
    }
    // who clears all of a host need not know whether it can have a challenge
    const auto host = rows_.find(request.name.get());
    const bool has_none =
        host && *host < ledger_.table().count() && !ledger_.table().can_have_challenge(*host);
    if (request.txt && !(has_none && request.a && request.aaaa)) {
        proposal.txt = ipc::TxtChange::clear;
    }
    answer_ = record_of(administer(request.name.get(), proposal, request.by));
}

/// The rules of any update, but for the secret.
ipc::HostChanged ConsoleLink::administer(const dns::Name& name, ipc::Propose& proposal,
                                         const ipc::Administrator& by)
{
    const Hosts& hosts = ledger_.table();
    ipc::HostChanged result{proposal.id, ipc::Administered::no_such_host, ledger_.serial(), {}, {}};
    const auto host = rows_.find(name);
    if (!host) {
        result.result = hosts.is_static(name) ? ipc::Administered::static_host : result.result;
    } else if (*host >= hosts.count()) {
        result.result = ipc::Administered::follower;
    } else if (hosts.is_static(*host)) {
        result.result = ipc::Administered::static_host;
    } else if (proposal.txt != ipc::TxtChange::none && !hosts.can_have_challenge(*host)) {
        result.result = ipc::Administered::no_challenge;
    } else {
        const ipc::HostOutcome settled = ledger_.administer(*host, proposal, by, common::uptime());
        feeds_.publish();
        const HostState& state = hosts.state(*host);
        result = {proposal.id, result_of(settled), ledger_.serial(), state.a, state.aaaa};
    }
    return result;
}

void ConsoleLink::begin(const ipc::AskChanges& request)
{
    const ChangeList& changes = ledger_.changes();
    if (changes.has(request.after)) {
        answer_ = Changes{request.id, request.after.number};
    } else {
        answer_ = record_of(ipc::ChangesLost{request.id, changes.end()});
    }
}

void ConsoleLink::begin(const ipc::AskSummary& request)
{
    ipc::Summary summary = rows_.summary();
    summary.id = request.id;
    answer_ = record_of(summary);
}

/// The next follower of the last row's host, by its place in the list of all.
std::optional<std::size_t> ConsoleLink::follower_of(const Rows& rows) const noexcept
{
    const auto followers = ledger_.table().followers();
    for (std::size_t place = rows.next_follower; rows.leader && place < followers.size(); ++place) {
        if (followers[place].leader == *rows.leader) {
            return place;
        }
    }
    return std::nullopt;
}

template <typename Message>
ConsoleLink::Record ConsoleLink::record_of(const Message& message)
{
    Record record(ipc::longest_record<ipc::KeeperToConsole>);
    base::Writer out{record};
    ipc::write_record(message, out);
    record.resize(out.size());
    return record;
}

/// Without a variant of all messages, which would be several kilobytes of code.
template <typename Message>
Transfer ConsoleLink::send(const Message& message)
{
    return channel_.send_record(record_of(message));
}

template <typename Message>
Transfer ConsoleLink::send_last(const Message& message)
{
    const Transfer transfer = send(message);
    is_over_ = transfer == Transfer::done;
    return transfer;
}

Transfer ConsoleLink::send_next(const Record& record)
{
    const Transfer transfer = channel_.send_record(record);
    is_over_ = transfer == Transfer::done;
    return transfer;
}

Transfer ConsoleLink::send_next(Rows& rows)
{
    if (const auto place = follower_of(rows)) {
        const Transfer transfer = send(ipc::RowFollower{rows.id, ledger_.table().followers()[*place].name});
        rows.next_follower = transfer == Transfer::done ? *place + 1 : rows.next_follower;
        return transfer;
    }
    if (rows.left == 0 || !rows.next) {
        const auto next = rows.next ? std::optional{rows_.index(*rows.next)} : std::nullopt;
        return send_last(ipc::RowsEnd{rows.id, next, rows.place, rows.serial});
    }
    ipc::HostRow row = rows_.row(*rows.next);
    row.id = rows.id;
    const Transfer transfer = send(row);
    if (transfer == Transfer::done) {
        --rows.left;
        rows.leader = *rows.next;
        rows.next_follower = 0;
        const ipc::HostIndex after{static_cast<std::uint32_t>(row.index) + 1};
        rows.next = rows.is_page ? rows_.first_from(after) : std::nullopt;
    }
    return transfer;
}

Transfer ConsoleLink::send_next(Changes& changes)
{
    const ChangeList& list = ledger_.changes();
    const ipc::ChangePlace place = list.place(changes.next);
    if (!list.has(place)) { // it was overwritten meanwhile
        return send_last(ipc::ChangesLost{changes.id, list.end()});
    }
    const bool has_more = place != list.end();
    if (changes.left == 0 || !has_more) {
        const Transfer transfer = send_last(ipc::ChangesEnd{changes.id, place, has_more});
        if (is_over_ && !has_more) {
            waits_after_ = changes.next;
        }
        return transfer;
    }
    ipc::Changed changed = rows_.changed(changes.next);
    changed.id = changes.id;
    const Transfer transfer = send(changed);
    if (transfer == Transfer::done) {
        ++changes.next;
        --changes.left;
    }
    return transfer;
}

/// At most a page with all followers.
Transfer ConsoleLink::answer()
{
    constexpr unsigned most_messages = 512;
    Transfer transfer = Transfer::done;
    for (unsigned i = 0; i < most_messages && transfer == Transfer::done && is_answering(); ++i) {
        transfer = std::visit([&](auto& answer) { return send_next(answer); }, answer_);
        if (is_over_) {
            answer_ = {};
            is_over_ = false;
        }
    }
    return transfer;
}

void ConsoleLink::announce()
{
    if (!channel_) {
        return;
    }
    const bool is_due = waits_after_ && ledger_.changes().end().number > *waits_after_;
    bool is_blocked = is_answering();
    if (is_due && !is_blocked) {
        const Transfer transfer = send(ipc::NewChanges{});
        if (transfer == Transfer::closed) {
            detach();
            return;
        }
        is_blocked = transfer == Transfer::would_block;
        if (!is_blocked) {
            waits_after_.reset();
        }
    }
    const std::uint32_t events = is_blocked ? EPOLLOUT : EPOLLIN;
    if (events != watched_) {
        watched_ = events;
        loop_.modify(channel_.get(), watched_, *this);
    }
}

} // namespace keeper
