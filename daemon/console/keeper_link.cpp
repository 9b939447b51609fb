#include "daemon/console/keeper_link.h"

#include <array>
#include <utility>

#include "privsep/log.h"

namespace console
{

using privsep::Transfer;

namespace
{

constexpr unsigned messages_a_turn = 64;
constexpr std::size_t max_followers = 256; // of all hosts: proto/config/options.h

} // namespace

void KeeperLink::ask(AskerId asker, ipc::MessageRef<ipc::ConsoleToKeeper> request)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, ipc::longest_record<ipc::ConsoleToKeeper>> room;
    const base::Bytes record = ipc::encode(request, room);
    requests_.push_back({asker, {record.begin(), record.end()}});
    send_next();
}

/// An answer that is under way still comes.
void KeeperLink::forget(AskerId asker)
{
    for (std::size_t i = requests_.size(); i-- > 0;) {
        if (requests_[i].asker != asker) {
            continue;
        }
        if (i == 0 && is_under_way_) {
            requests_[i].is_forgotten = true;
        } else {
            drop(i);
        }
    }
}

void KeeperLink::drop(std::size_t request)
{
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(request));
}

void KeeperLink::close()
{
    if (channel_) {
        loop_.remove(channel_.get(), *this);
        channel_ = {};
    }
    is_under_way_ = false;
    is_blocked_ = false;
    answer_.emplace();
}

void KeeperLink::attach(Channel channel)
{
    close();
    if (!requests_.empty() && requests_.front().is_forgotten) { // no other one can be
        drop(0);
    }
    channel_ = std::move(channel);
    loop_.add(channel_.get(), EPOLLIN, *this);
    send_next();
    listener_.changes_are_new(); // this keeper has another list of changes
}

void KeeperLink::send_next()
{
    if (!channel_ || is_under_way_ || requests_.empty()) {
        return;
    }
    std::vector<std::uint8_t>& next = requests_.front().record;
    id_ = static_cast<ipc::RequestId>(static_cast<std::uint32_t>(id_) + 1);
    base::store(&next[1], static_cast<std::uint32_t>(id_)); // the first field, after the tag
    const Transfer transfer = channel_.send_record(next);
    is_under_way_ = transfer == Transfer::done; // if it is closed, ready() reads what is left first
    block(transfer == Transfer::would_block);
}

void KeeperLink::block(bool is_blocked)
{
    if (std::exchange(is_blocked_, is_blocked) != is_blocked) {
        loop_.modify(channel_.get(), is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
    }
}

void KeeperLink::ready(std::uint32_t events)
{
    channel_.heed(events);
    for (unsigned i = 0; i < messages_a_turn && channel_; ++i) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
        std::array<std::uint8_t, ipc::longest_record<ipc::KeeperToConsole>> room;
        const privsep::Channel::Received received = channel_.receive_record(room);
        if (received.transfer == Transfer::would_block) {
            break;
        }
        if (received.transfer == Transfer::closed) {
            close(); // the supervisor will attach another one
            return;
        }
        if (received.transfer == Transfer::malformed ||
            !ipc::take_record<ipc::KeeperToConsole>(received.record,
                                                    [this](auto& one) { return take(one); })) {
            privsep::log(privsep::Level::error,
                         "the keeper sent an invalid message: closing its channel and exiting");
            has_failed_ = true;
            close();
            return;
        }
    }
    send_next();
}

/// Whether the request under way is of one of these kinds.
template <typename... Kinds>
bool KeeperLink::is_for() const noexcept
{
    return is_under_way_ && ((requests_.front().record.front() == Kinds::tag) || ...);
}

bool KeeperLink::take(ipc::HostRow& row)
{
    if (!is_answer(row.id) || !is_for<ipc::AskHosts, ipc::AskHost>() ||
        answer_->hosts.size() >= (is_for<ipc::AskHost>() ? 1 : ipc::max_rows)) {
        return false;
    }
    answer_->hosts.push_back({std::move(row), {}});
    return true;
}

bool KeeperLink::take(ipc::RowFollower& follower)
{
    if (!is_answer(follower.id) || answer_->hosts.empty() ||
        answer_->hosts.back().followers.size() >= max_followers) {
        return false;
    }
    answer_->hosts.back().followers.push_back(std::move(follower.name));
    return true;
}

bool KeeperLink::take(ipc::Changed& change)
{
    if (!is_answer(change.id) || !is_for<ipc::AskChanges>() || answer_->changes.size() >= ipc::max_rows) {
        return false;
    }
    answer_->changes.push_back(std::move(change));
    return true;
}

bool KeeperLink::take(ipc::NewChanges& /*changes*/)
{
    listener_.changes_are_new();
    return true;
}

bool KeeperLink::take(const ipc::RowsEnd& end)
{
    answer_->hosts_end = end;
    return end_answer(end.id, is_for<ipc::AskHosts, ipc::AskHost>());
}

bool KeeperLink::take(const ipc::HostChanged& change)
{
    answer_->host_changed = change;
    return end_answer(change.id, is_for<ipc::SetHost, ipc::ClearHost>());
}

bool KeeperLink::take(const ipc::ChangesEnd& end)
{
    answer_->changes_end = end;
    return end_answer(end.id, is_for<ipc::AskChanges>());
}

bool KeeperLink::take(const ipc::ChangesLost& end)
{
    return end_answer(end.id, is_for<ipc::AskChanges>());
}

bool KeeperLink::take(ipc::Summary& summary)
{
    const ipc::RequestId id = summary.id;
    answer_->summary = std::move(summary);
    return end_answer(id, is_for<ipc::AskSummary>());
}

bool KeeperLink::end_answer(ipc::RequestId id, bool is_expected)
{
    if (!is_answer(id) || !is_expected) {
        return false;
    }
    const AskerId asker = requests_.front().asker;
    const bool is_forgotten = requests_.front().is_forgotten;
    drop(0);
    is_under_way_ = false;
    if (!is_forgotten) {
        listener_.keeper_answered(asker, *answer_);
    }
    answer_.emplace();
    send_next();
    return true;
}

} // namespace console
