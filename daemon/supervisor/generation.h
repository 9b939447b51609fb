// The children of one configuration, and the channels between them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/supervisor/child.h"
#include "daemon/supervisor/file_copies.h"
#include "daemon/supervisor/roles.h"
#include "privsep/channel.h"

namespace supervisor
{

class Generation
{
public:
    using Children = std::vector<std::unique_ptr<Child>>;

    /// No children.
    Generation() = default;
    /// None of `children` runs yet.
    Generation(std::span<const Edge> edges, Children children);

    /// In the order of the table.
    const Children& children() const noexcept { return children_; }
    /// The children whose role has this handover.
    std::vector<Child*> with(Handover handover) const;
    Child* find(ipc::Role role, std::uint16_t index) const noexcept;
    /// nullptr if no child has this pid.
    Child* find_pid(pid_t pid) const noexcept;
    bool has(const Child& child) const noexcept;
    bool have_channel(const Child& one, const Child& other) const noexcept;

    /// The channel ends that `child`, which is about to start, inherits, in this order. They stay open until
    /// started() or stopped().
    std::vector<int> ends_for(const Child& child);
    /// Call it when `child` has inherited its ends. A peer that runs gets the other end of each new channel;
    /// for a peer that does not run, the end is kept until it starts.
    void started(Child& child);
    /// Call it when `child` has exited: closes the ends that were kept of its channels.
    void stopped(const Child& child) noexcept;

    FileCopies files;  ///< that the children inherit
    unsigned turn = 1; ///< 0 or 1: which of their pages the children count in (counter_pages.h)
    /// The bits of the services that the configuration wants: the sockets of others are not inherited.
    std::uint8_t services = 0;
    bool wants(ipc::Service service) const noexcept { return (services & bit(service)) != 0; }

private:
    /// `ends[i]` is kept until `children[i]` has it.
    struct Link {
        std::array<Child*, 2> children{};
        std::array<privsep::Channel, 2> ends;
    };

    Children children_;
    std::vector<Link> links_;
};

} // namespace supervisor
