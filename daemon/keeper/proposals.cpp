#include "daemon/keeper/proposals.h"

#include <optional>

#include "daemon/common/clock.h"
#include "privsep/log.h"

namespace keeper
{

using privsep::Transfer;

Proposals::Proposals(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, const base::SipKey& secret,
                     const dns::CompactName& apex, ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), feeds_(feeds), brute_force_limit_(secret, ledger.table()),
      refusal_log_(ledger.table(), apex), report_peer_(std::move(report_peer))
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
    for (unsigned i = 0; i < most && channel_ && unsent_.empty() && handle_batch() == Transfer::done; ++i) {}
}

/// Returns `done` if there may be more.
Transfer Proposals::handle_batch()
{
    Transfer transfer = Transfer::would_block;
    if (unsent_.empty()) {
        transfer = read_batch();
        const auto settled = ledger_.settle(common::uptime());
        unsent_.assign(settled.begin(), settled.end());
        // responders first: a client that is told "good" and sends a query at once must get the new address
        feeds_.publish();
    }
    answer();
    refusal_log_.write(); // only now: see there
    if (transfer == Transfer::malformed) {
        privsep::log(privsep::Level::error, "the updater sent an invalid message: closing its channel");
        report_peer_({ipc::Role::updater, 0});
    }
    if (transfer == Transfer::malformed || transfer == Transfer::closed) {
        detach();
    }
    return transfer;
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
            std::visit([&](const ipc::Propose& proposal) { propose(proposal, now); }, *message);
        }
    }
    return transfer;
}

/// Does the same work for every wrong token and every name of one length: tests/secrets counts instructions.
/// While a client is blocked, its token is not checked, even if it is right: otherwise an attacker would
/// learn that.
void Proposals::propose(const ipc::Propose& proposal, base::Uptime now)
{
    if (proposal.hosts.empty()) {
        ledger_.settle_blocked(proposal);
        return;
    }
    const BruteForceLimit::Guess guess = brute_force_limit_.guess(proposal.client, proposal.hosts.front());
    const BruteForceLimit::Block block = brute_force_limit_.blocks(guess, now);
    if (block != BruteForceLimit::Block::none) {
        ledger_.settle_blocked(proposal);
        if (brute_force_limit_.is_line_due(guess, block, now) &&
            refusal_log_.note_blocked(proposal, block, now)) {
            brute_force_limit_.record_line(guess, block, now);
        }
    } else if (ledger_.propose(proposal, now)) {
        brute_force_limit_.record_success(guess);
    } else {
        brute_force_limit_.record_failure(guess, now);
        refusal_log_.note_refused(proposal, now);
    }
}

void Proposals::answer()
{
    std::size_t sent = 0;
    Transfer transfer = Transfer::done;
    while (sent < unsent_.size() && transfer == Transfer::done) {
        transfer = channel_.send(unsent_[sent]);
        sent += transfer == Transfer::done ? 1 : 0;
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
    if (transfer == Transfer::closed) {
        detach();
        return;
    }
    const std::uint32_t events = unsent_.empty() ? EPOLLIN : EPOLLOUT;
    if (events != watched_) {
        watched_ = events;
        loop_.modify(channel_.get(), watched_, *this);
    }
}

} // namespace keeper
