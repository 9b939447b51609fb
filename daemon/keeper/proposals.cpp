#include "daemon/keeper/proposals.h"

#include <optional>
#include <string>

#include "daemon/common/clock.h"
#include "proto/base/text.h"

namespace keeper
{

using privsep::Transfer;

Proposals::Proposals(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, const base::SipKey& secret,
                     ReportPeer report_peer)
    : loop_(loop), ledger_(ledger), feeds_(feeds), brute_force_limit_(secret),
      report_peer_(std::move(report_peer))
{
    unsent_.reserve(Ledger::max_batch);
}

Proposals::~Proposals()
{
    detach();
}

void Proposals::attach(privsep::UniqueFd channel)
{
    detach();
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
    take_batch();
}

void Proposals::finish()
{
    constexpr unsigned most = 8; // more than a channel holds: an updater that stays may go on sending
    for (unsigned i = 0; i < most && channel_ && unsent_.empty() && take_batch() == Transfer::done; ++i) {}
}

/// `done` where there may be more.
Transfer Proposals::take_batch()
{
    Transfer transfer = Transfer::would_block;
    if (unsent_.empty()) {
        transfer = read_batch();
        const auto settled = ledger_.settle(common::uptime());
        unsent_.assign(settled.begin(), settled.end());
        // the readers first: who hears "good" and asks at once is to find the new address
        feeds_.publish();
    }
    answer();
    if (transfer == Transfer::malformed) {
        privsep::log(privsep::Level::error,
                     "the updater said something that it cannot say; its channel is closed");
        report_peer_({ipc::Role::updater, 0});
    }
    if (transfer == Transfer::malformed || transfer == Transfer::closed) {
        detach();
    }
    return transfer;
}

/// Whole records that came before a bad one count.
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

/// Who guesses too much is not heard, even where the token is right: else he would go on.
void Proposals::propose(const ipc::Propose& proposal, base::Uptime now)
{
    if (brute_force_limit_.puts_off(proposal.client, proposal.host, now)) {
        ledger_.blocked(proposal);
    } else if (!ledger_.propose(proposal, now)) {
        if (const auto wait = brute_force_limit_.failed(proposal.client, proposal.host, now)) {
            blocked_log_.log(
                privsep::Level::notice,
                base::filled(
                    "putting off the network of {} for updates of {}, for {} s: too many wrong tokens",
                    {base::to_text(proposal.client), base::escape(proposal.host.to_text()),
                     wait->count() / 1000}),
                now.count());
        }
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
