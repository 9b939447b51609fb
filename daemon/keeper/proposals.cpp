#include "daemon/keeper/proposals.h"

#include <algorithm>
#include <array>
#include <optional>

#include "daemon/common/clock.h"
#include "privsep/log.h"

namespace keeper
{

using privsep::Transfer;

namespace
{

RefusedHosts::Kind kind_of(const ipc::Propose& proposal) noexcept
{
    if (proposal.account) {
        return RefusedHosts::Kind::account;
    }
    return proposal.changes_addresses() ? RefusedHosts::Kind::addresses : RefusedHosts::Kind::challenge;
}

} // namespace

Proposals::Proposals(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, const base::SipKey& secret,
                     const dns::CompactName& apex, ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), feeds_(feeds),
      refusals_(new Refusals{BruteForceLimit{secret, ledger.table()}, RefusalLog{ledger.table(), apex}}),
      brute_force_limit_(refusals_->limit), refusal_log_(refusals_->log), apex_(apex),
      report_peer_(std::move(report_peer))
{
}

Proposals::Proposals(Proposals& first, ipc::Role peer)
    : loop_(first.loop_), ledger_(first.ledger_), feeds_(first.feeds_),
      brute_force_limit_(first.brute_force_limit_), refusal_log_(first.refusal_log_), apex_(first.apex_),
      report_peer_(first.report_peer_), peer_(peer)
{
}

Proposals::~Proposals()
{
    detach();
}

void Proposals::attach(privsep::UniqueFd channel)
{
    detach();
    brute_force_limit_.clear();
    channel_ = decltype(channel_){privsep::Channel{std::move(channel)}};
    watched_ = EPOLLIN;
    loop_.add(channel_.get(), watched_, *this);
}

void Proposals::detach() noexcept
{
    unsent_.clear();
    unsent_seen_.clear();
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_.close();
    }
}

void Proposals::ready(std::uint32_t events)
{
    channel_.heed(events);
    handle_batch();
}

void Proposals::finish()
{
    constexpr unsigned most = 8; // bounds this if the updater keeps sending
    for (unsigned i = 0; i < most && channel_ && !has_unsent() && handle_batch() == Transfer::done; ++i) {}
}

/// Returns `done` if there may be more.
Transfer Proposals::handle_batch()
{
    Transfer transfer = Transfer::would_block;
    if (!has_unsent()) {
        transfer = read_batch();
        unsent_ = ledger_.settle(common::uptime());
        unsent_seen_ = ledger_.take_seen();
        name_zone(unsent_);
        // responders first: a client that is told "good" and sends a query at once must get the new address
        feeds_.publish();
    }
    answer();
    refusal_log_.write(); // only now: see there
    if (transfer == Transfer::malformed) {
        privsep::log(privsep::Level::error, "the updater sent an invalid message: closing its channel");
        report_peer_({peer_, 0});
    }
    if (transfer == Transfer::malformed || transfer == Transfer::closed) {
        detach();
    }
    return transfer;
}

/// The updater does not know the zone, and a client is told which names it may ask for.
void Proposals::name_zone(std::vector<ipc::Settled>& outcomes) const
{
    for (ipc::Settled& settled : outcomes) {
        const bool has_other_name = std::ranges::any_of(settled.hosts, [](const ipc::HostOutcome& outcome) {
            return outcome.verdict == ipc::Verdict::outside_zone;
        });
        if (has_other_name) {
            settled.zone = apex_;
        }
    }
}

/// Valid records before an invalid one are handled.
Transfer Proposals::read_batch()
{
    const base::Uptime now = common::uptime();
    std::optional<ipc::UpdaterToKeeper> message;
    Transfer transfer = Transfer::done;
    ledger_.begin_batch();
    while (transfer == Transfer::done && !ledger_.batch_is_full()) {
        transfer = channel_.receive(message);
        if (transfer == Transfer::done) {
            std::visit([&](auto& m) { handle(m, now); }, *message);
        }
    }
    return transfer;
}

/// Completes names that a client may write without the zone's. Returns the hosts that are not in the zone,
/// which the keeper looks for all the same.
PlacesOfHosts Proposals::complete_names(ipc::Propose& proposal) const
{
    PlacesOfHosts outside;
    const dns::Name apex = apex_.get();
    for (std::size_t place = 0; place < proposal.hosts.size(); ++place) {
        dns::Name& host = proposal.hosts[place];
        if (host.is_at_or_below(apex)) {
            continue;
        }
        const auto whole = dns::Name::join(host, apex);
        if (proposal.names_may_be_relative && whole && !host.is_root()) {
            host = *whole;
        } else {
            outside.set(place);
        }
    }
    return outside;
}

Proposals::Guesses Proposals::guesses_of(const ipc::Propose& proposal) const noexcept
{
    Guesses guesses;
    if (proposal.account) {
        guesses[0] = brute_force_limit_.guess(proposal.client, *proposal.account);
        return guesses;
    }
    for (std::size_t place = 0; place < proposal.hosts.size(); ++place) {
        guesses[place] = brute_force_limit_.guess(proposal.client, proposal.hosts[place]);
    }
    return guesses;
}

/// A look is decided like a proposal with the same token, up to what is done once the token is right.
void Proposals::handle(const ipc::Look& look, base::Uptime now)
{
    ipc::Propose guess;
    guess.id = look.id;
    guess.token = look.token;
    guess.client = look.client;
    guess.client_is_known = look.client_is_known;
    guess.hosts.push_back(look.host);
    guess.names_may_be_relative = true;
    guess.dialect = ipc::Dialect::page;
    propose(guess, now, true);
}

/// Does the same work for every wrong token and every name of one length: tests/secrets counts instructions.
/// While a client is blocked at a host, its token is not checked there, even if it is right: otherwise an
/// attacker would learn that.
void Proposals::propose(ipc::Propose& proposal, base::Uptime now, bool only_looks)
{
    const PlacesOfHosts outside = complete_names(proposal);
    const std::size_t count = proposal.account ? 1 : proposal.hosts.size();
    const Guesses guesses = guesses_of(proposal);
    const PlacesOfHosts blocked = find_blocked(proposal, {guesses.data(), count}, now, only_looks);
    if (blocked.any() && (proposal.all_or_nothing || blocked.count() == count)) {
        ledger_.settle_blocked(proposal);
        return;
    }
    const PlacesOfHosts opened =
        only_looks ? ledger_.look(proposal, now) : ledger_.propose(proposal, now, outside, blocked);
    // a client whose secret is right may have the name of another provider in its list
    const PlacesOfHosts counted = ~(opened | blocked | (opened.any() ? outside : PlacesOfHosts{}));
    const PlacesOfHosts refused = ~(opened | blocked);
    for (std::size_t place = 0; place < count; ++place) {
        if (opened[place] && !only_looks) {
            note_opened(proposal, place, guesses[place], now);
        }
        if (counted[place]) {
            brute_force_limit_.record_failure(guesses[place], now);
        }
        if (refused[place]) {
            refusal_log_.note_refused(proposal, place, now, only_looks);
            ledger_.note_refused(guesses[place].host, kind_of(proposal), proposal, now);
        }
    }
}

/// The secret was right, but perhaps the host cannot have what was sent.
void Proposals::note_opened(const ipc::Propose& proposal, std::size_t place,
                            const BruteForceLimit::Guess& guess, base::Uptime now)
{
    if (proposal.changes_addresses()) {
        brute_force_limit_.record_success(guess);
    }
    const ipc::HostOutcome& outcome = ledger_.last_settled().hosts[place];
    if (outcome.verdict != ipc::Verdict::unsuitable) {
        return;
    }
    const bool is_private = outcome.reason != ipc::Reason::none;
    const RefusedHosts::Kind value =
        is_private ? RefusedHosts::Kind::private_address : RefusedHosts::Kind::invalid_value;
    ledger_.note_refused(guess.host,
                         outcome.reason == ipc::Reason::own_address ? RefusedHosts::Kind::own_address : value,
                         proposal, now);
}

/// The places at which the client is blocked; these are logged.
PlacesOfHosts Proposals::find_blocked(const ipc::Propose& proposal,
                                      std::span<const BruteForceLimit::Guess> guesses, base::Uptime now,
                                      bool only_looks)
{
    PlacesOfHosts blocked;
    for (std::size_t place = 0; place < guesses.size(); ++place) {
        const BruteForceLimit::Block block = brute_force_limit_.blocks(guesses[place], now);
        if (block != BruteForceLimit::Block::none) {
            blocked.set(place);
            ledger_.note_refused(guesses[place].host, RefusedHosts::Kind::blocked, proposal, now);
            note_blocked(proposal, place, guesses[place], block, now, only_looks);
        }
    }
    return blocked;
}

void Proposals::note_blocked(const ipc::Propose& proposal, std::size_t place,
                             const BruteForceLimit::Guess& guess, BruteForceLimit::Block block,
                             base::Uptime now, bool only_looks)
{
    if (brute_force_limit_.is_line_due(guess, block, now) &&
        refusal_log_.note_blocked(proposal, place, block, now, only_looks)) {
        brute_force_limit_.record_line(guess, block, now);
    }
}

/// Removes those that were sent.
template <typename Answer>
Transfer Proposals::send_all(std::vector<Answer>& answers)
{
    std::size_t sent = 0;
    Transfer transfer = Transfer::done;
    while (sent < answers.size() && transfer == Transfer::done) {
        transfer = channel_.send(answers[sent]);
        sent += transfer == Transfer::done ? 1 : 0;
    }
    answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(sent));
    return transfer;
}

void Proposals::answer()
{
    Transfer transfer = send_all(unsent_);
    if (transfer == Transfer::done) {
        transfer = send_all(unsent_seen_);
    }
    if (transfer == Transfer::closed) {
        detach();
        return;
    }
    const std::uint32_t events = has_unsent() ? EPOLLOUT : EPOLLIN;
    if (events != watched_) {
        watched_ = events;
        loop_.modify(channel_.get(), watched_, *this);
    }
}

} // namespace keeper
