// The console's end of the channel to the keeper: requests wait here for their turn, one is under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/console.h"
#include "proto/ipc/record.h"

namespace console
{

/// Who has asked: a client, or the metrics.
using AskerId = std::uint64_t;

/// How many hosts the keeper is asked for at a time: ipc::max_rows of them would take 40 kB.
inline constexpr std::uint8_t rows_a_page = 16;

/// A host as the keeper knows it.
struct KeptHost {
    ipc::HostRow row;
    std::list<dns::CompactName> followers;
};

/// The messages that a request is answered with (proto/ipc/console.h); the others are empty. Lists, since
/// vectors need code that moves the elements, and room for more of them.
struct KeeperAnswer {
    std::list<KeptHost> hosts;
    std::optional<ipc::RowsEnd> hosts_end;
    std::optional<ipc::HostChanged> host_changed;
    std::list<ipc::Changed> changes;
    std::optional<ipc::ChangesEnd> changes_end; ///< none: they were lost
    std::optional<ipc::Summary> summary;
};

class KeeperLink final : public privsep::Watcher
{
public:
    using Channel = privsep::Channel;

    class Listener
    {
    public:
        Listener() = default;
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;
        virtual ~Listener() = default;
        virtual void keeper_answered(AskerId asker, KeeperAnswer& answer) = 0;
        /// There may be changes after those of the last answer.
        virtual void changes_are_new() = 0;
    };

    KeeperLink(privsep::EventLoop& loop, Listener& listener) noexcept : loop_(loop), listener_(listener) {}
    ~KeeperLink() override { close(); }
    KeeperLink(const KeeperLink&) = delete;
    KeeperLink& operator=(const KeeperLink&) = delete;

    /// An asker has at most one request. What the last keeper has not answered is asked again.
    void ask(AskerId asker, ipc::MessageRef<ipc::ConsoleToKeeper> request);
    /// Its answer is dropped.
    void forget(AskerId asker);
    void attach(Channel channel);
    /// The keeper has sent an invalid message, which is logged.
    bool has_failed() const noexcept { return has_failed_; }

    void ready(std::uint32_t events) override;

private:
    struct Request {
        AskerId asker = 0;
        std::vector<std::uint8_t> record; ///< encoded, which is less code than variants that are moved
        bool is_forgotten = false;
    };

    bool take(ipc::HostRow& row);
    bool take(ipc::RowFollower& follower);
    bool take(ipc::Changed& change);
    bool take(ipc::NewChanges& changes);
    bool take(const ipc::RowsEnd& end);
    bool take(const ipc::HostChanged& change);
    bool take(const ipc::ChangesEnd& end);
    bool take(const ipc::ChangesLost& end);
    bool take(ipc::Summary& summary);
    bool end_answer(ipc::RequestId id, bool is_expected);
    bool is_answer(ipc::RequestId id) const noexcept { return is_under_way_ && id == id_; }
    template <typename... Kinds>
    bool is_for() const noexcept;
    void send_next();
    void block(bool is_blocked);
    void close();
    void drop(std::size_t request);

    privsep::EventLoop& loop_;
    Listener& listener_;
    Channel channel_;
    std::vector<Request> requests_; ///< the first one is under way, or is sent next
    ipc::RequestId id_{0};          ///< of the request under way
    bool is_under_way_ = false;
    bool is_blocked_ = false; ///< the channel has no room
    bool has_failed_ = false;
    std::optional<KeeperAnswer> answer_{std::in_place}; ///< to the request under way, so far
};

} // namespace console
