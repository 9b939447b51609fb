#include "daemon/updater/keeper_link.h"

#include <utility>
#include <vector>

#include "privsep/log.h"

namespace updater
{

using privsep::Level;
using privsep::Transfer;

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
    while (channel_ && take_verdicts() == Transfer::done) {} // at most one for each that is under way
    if (channel_) {
        lose();
    }
    channel_ = std::move(channel);
    watched_ = EPOLLIN;
    loop_.add(channel_.get(), watched_, *this);
    flush();
}

void KeeperLink::expect_no_other()
{
    expects_no_other_ = true;
    if (!channel_) {
        lose();
    }
}

std::optional<ipc::RequestId> KeeperLink::propose(common::ConnectionId asker, const ipc::Propose& proposal)
{
    if (pending_.size() >= max_pending_ || (expects_no_other_ && !channel_)) {
        return std::nullopt;
    }
    do {
        ++last_id_;
    } while (pending_.contains(ipc::RequestId{last_id_}));
    const ipc::RequestId id{last_id_};
    Pending& pending = pending_[id];
    pending.asker = asker;
    pending.proposal = proposal;
    pending.proposal.id = id;
    queue_.push_back(id);
    flush();
    return id;
}

void KeeperLink::forget(ipc::RequestId id)
{
    const auto found = pending_.find(id);
    if (found == pending_.end()) {
        return;
    }
    if (found->second.waiting) {
        std::erase(queue_, id);
        pending_.erase(found);
        watch();
    } else {
        found->second.forgotten = true; // its verdict is still to come
        found->second.proposal = {};
    }
}

void KeeperLink::ready(std::uint32_t events)
{
    channel_.heed(events);
    if (take_verdicts() != Transfer::closed && (events & EPOLLOUT) != 0) {
        flush();
    }
}

/// `done` where there may be more, `closed` where the channel is now.
Transfer KeeperLink::take_verdicts()
{
    for (unsigned i = 0; i < verdicts_a_turn; ++i) {
        std::optional<ipc::KeeperToUpdater> message;
        const Transfer transfer = channel_.receive(message);
        if (transfer == Transfer::would_block) {
            return transfer;
        }
        if (transfer == Transfer::closed) {
            lose_the_dead();
            return transfer;
        }
        const auto handle = [this](const auto& m) { return settle(m); };
        if (transfer == Transfer::malformed || !std::visit(handle, *message)) {
            privsep::log(Level::error, "the keeper said what it may not say, its channel is closed");
            misled_ = true;
            lose();
            return Transfer::closed;
        }
    }
    return Transfer::done;
}

/// False where nothing with that id was sent on this channel, or it was settled before.
bool KeeperLink::settle(const ipc::Settled& settled)
{
    const auto found = pending_.find(settled.id);
    if (found == pending_.end() || found->second.waiting) {
        return false;
    }
    const auto node = pending_.extract(found);
    const Pending& pending = node.mapped();
    if (!pending.forgotten) {
        client_.settled(pending.asker, pending.proposal, settled.verdict);
    }
    return true;
}

void KeeperLink::flush()
{
    while (channel_ && !queue_.empty()) {
        Pending& next = pending_.at(queue_.front());
        const Transfer transfer = channel_.send(next.proposal);
        if (transfer != Transfer::done) {
            break; // where it is closed, what the keeper still said comes first, and then the end
        }
        ++next.sends;
        next.waiting = false;
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

void KeeperLink::lose_the_dead()
{
    if (!expects_no_other_) { // while everything ends it is nothing to report
        privsep::log(Level::info, "the keeper is gone, updates wait for the next one");
    }
    lose();
}

/// All that has no outcome waits for the next keeper, in its old order; what had its second chance, or can
/// have none, is unavailable.
void KeeperLink::lose()
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
        if (expects_no_other_ || pending.sends >= max_sends) {
            unavailable.push_back(&*current);
            continue;
        }
        pending.waiting = true;
        queue_.push_back(current->first);
        pending_.insert(before.extract(current));
    }
    for (const auto* failed : unavailable) {
        client_.settled(failed->second.asker, failed->second.proposal, ipc::Verdict::unavailable);
    }
}

} // namespace updater
