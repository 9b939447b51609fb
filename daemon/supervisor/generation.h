// The children of one config, their setups, and the channels between them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/supervisor/child.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

struct Generation {
    struct Setups {
        privsep::UniqueFd keeper;
        privsep::UniqueFd updater;
        std::vector<privsep::UniqueFd> responders; ///< one each
    };

    /// A channel between the keeper and another child. An end is held here until its owner has it.
    struct Edge {
        Child* peer = nullptr;
        privsep::Channel keeper_end;
        privsep::Channel peer_end;
    };

    /// Nobody.
    Generation() = default;
    /// None of them runs yet. `loop` and `events` must outlive them.
    Generation(privsep::EventLoop& loop, ChildEvents& events, std::size_t workers);

    explicit operator bool() const noexcept { return static_cast<bool>(keeper); }

    /// Whether all run that can start ahead of their setups.
    bool waits() const noexcept;
    /// All of them, the keeper first.
    std::vector<Child*> children() const;
    /// -1: there is none yet.
    int setup_of(const Child& child) const noexcept;
    /// The ends for `child`, which is about to start.
    std::vector<int> ends_for(const Child& child);
    /// `child` has started: its ends are its own now.
    void has_inherited(const Child& child) noexcept;
    /// `child` has ended: whatever waited on its channels is lost.
    void close_edges_of(const Child& child) noexcept;
    /// This updater goes on in place of its own, which never ran.
    void adopt_updater(std::unique_ptr<Child> other) noexcept;
    /// Ends whoever runs, to be reaped as somebody whom we do not know, and forgets all.
    void abandon();

    Setups setups;
    std::unique_ptr<Child> keeper;
    std::unique_ptr<Child> updater;
    std::vector<std::unique_ptr<Child>> responders;
    std::vector<Edge> edges; ///< the updater's first

private:
    bool is_on(const Edge& edge, const Child& child) const noexcept
    {
        return &child == keeper.get() || &child == edge.peer;
    }
};

} // namespace supervisor
