#include "daemon/updater/keeper_link.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "privsep/log.h"

namespace updater
{

using privsep::Level;
using privsep::Transfer;

namespace
{

/// A look is settled if the secret does not open the host.
bool fits(const ipc::Settled& settled, const http::Update& update)
{
    const auto is_outside = [](const ipc::HostOutcome& one) {
        return one.verdict == ipc::Verdict::outside_zone;
    };
    return settled.hosts.size() == std::max(update.proposal.hosts.size(), std::size_t{1}) &&
           (settled.zone || std::ranges::none_of(settled.hosts, is_outside));
}

bool fits(const ipc::Seen& /*seen*/, const http::Update& update)
{
    return update.only_looks;
}

} // namespace

KeeperLink::KeeperLink(privsep::EventLoop& loop, Client& client, std::size_t max_pending)
    : loop_(loop), client_(client), max_pending_(max_pending)
{
}

KeeperLink::~KeeperLink()
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
    }
}

void KeeperLink::attach(Channel channel)
{
    while (channel_ && take_verdicts() == Transfer::done) {} // bounded: one verdict per proposal
    if (channel_) {
        disconnect();
    }
    channel_ = std::move(channel);
    watched_ = EPOLLIN;
    loop_.add(channel_.get(), watched_, *this);
    flush();
}

void KeeperLink::expect_no_new_keeper()
{
    no_new_keeper_ = true;
    if (!channel_) {
        disconnect();
    }
}

std::optional<ipc::RequestId> KeeperLink::propose(common::ConnectionId connection, http::Update&& update)
{
    if (pending_.size() >= max_pending_ || (no_new_keeper_ && !channel_)) {
        return std::nullopt;
    }
    do {
        ++last_id_;
    } while (pending_.contains(ipc::RequestId{last_id_}));
    const ipc::RequestId id{last_id_};
    Pending& pending = pending_[id];
    pending.connection = connection;
    pending.update = std::move(update);
    pending.update.proposal.id = id;
    queue_.push_back(id);
    flush();
    return id;
}

void KeeperLink::give_up(ipc::RequestId id)
{
    const auto found = pending_.find(id);
    if (found == pending_.end() || found->second.forgotten) {
        return;
    }
    fail(found->second);
    forget(id);
}

void KeeperLink::forget(ipc::RequestId id)
{
    const auto found = pending_.find(id);
    if (found == pending_.end()) {
        return;
    }
    if (found->second.is_queued) {
        std::erase(queue_, id);
        pending_.erase(found);
        watch();
    } else {
        found->second.forgotten = true; // its verdict will still arrive
        found->second.update = {};
    }
}

void KeeperLink::ready(std::uint32_t events)
{
    channel_.heed(events);
    if (take_verdicts() != Transfer::closed && (events & EPOLLOUT) != 0) {
        flush();
    }
}

/// Returns `done` if there may be more, `closed` if the channel is closed now.
Transfer KeeperLink::take_verdicts()
{
    for (unsigned i = 0; i < verdicts_a_turn; ++i) {
        std::optional<ipc::KeeperToUpdater> message;
        const Transfer transfer = channel_.receive(message);
        if (transfer == Transfer::would_block) {
            return transfer;
        }
        if (transfer == Transfer::closed) {
            keeper_exited();
            return transfer;
        }
        const auto handle = [this](const auto& m) { return take(m); };
        if (transfer == Transfer::malformed || !std::visit(handle, *message)) {
            privsep::log(Level::error, "the keeper sent an invalid message: closing its channel and exiting");
            has_failed_ = true;
            disconnect();
            return Transfer::closed;
        }
    }
    return Transfer::done;
}

void KeeperLink::fail(const Pending& pending)
{
    client_.answered(pending.connection, pending.update,
                     http::settled_alike(pending.update.proposal, ipc::Verdict::unavailable));
}

/// False if no proposal with that id was sent on this channel, if it was answered before, or if the answer
/// does not fit it.
template <typename Answer>
bool KeeperLink::take(const Answer& answer)
{
    const auto found = pending_.find(answer.id);
    if (found == pending_.end() || found->second.is_queued) {
        return false;
    }
    const auto node = pending_.extract(found);
    const Pending& pending = node.mapped();
    if (pending.forgotten) {
        return true;
    }
    if (!fits(answer, pending.update)) {
        fail(pending);
        return false;
    }
    client_.answered(pending.connection, pending.update, answer);
    return true;
}

Transfer KeeperLink::send(const Pending& pending)
{
    const ipc::Propose& proposal = pending.update.proposal;
    if (!pending.update.only_looks) {
        return channel_.send(proposal);
    }
    return channel_.send(ipc::Look{proposal.id, proposal.token, proposal.client, proposal.client_is_known,
                                   proposal.hosts.front()});
}

void KeeperLink::flush()
{
    while (channel_ && !queue_.empty()) {
        Pending& next = pending_.at(queue_.front());
        const Transfer transfer = send(next);
        if (transfer != Transfer::done) {
            break; // if it is closed, ready() reads the remaining verdicts first
        }
        ++next.sends;
        next.is_queued = false;
        queue_.erase(queue_.begin());
    }
    watch();
}

void KeeperLink::watch()
{
    const std::uint32_t wanted = queue_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
    if (channel_ && wanted != watched_) {
        loop_.modify(channel_.get(), wanted, *this);
        watched_ = wanted;
    }
}

void KeeperLink::keeper_exited()
{
    if (!no_new_keeper_) { // otherwise the exit is expected
        privsep::log(Level::info, "the keeper exited: updates wait for the next keeper");
    }
    disconnect();
}

/// Queues every proposal without an outcome for the next keeper, in its old order. Those that were sent
/// twice, or for which no keeper will come, get the verdict `unavailable`.
void KeeperLink::disconnect()
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_.close();
    }
    queue_.clear();
    std::map<ipc::RequestId, Pending> before;
    before.swap(pending_);
    std::vector<std::pair<const ipc::RequestId, Pending>*> unavailable;
    for (auto next = before.begin(); next != before.end();) {
        const auto current = next++;
        Pending& pending = current->second;
        if (pending.forgotten) {
            continue;
        }
        if (no_new_keeper_ || pending.sends >= max_sends) {
            unavailable.push_back(&*current);
            continue;
        }
        pending.is_queued = true;
        queue_.push_back(current->first);
        pending_.insert(before.extract(current));
    }
    for (const auto* failed : unavailable) {
        fail(failed->second);
    }
}

} // namespace updater
