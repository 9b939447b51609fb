#include "daemon/supervisor/generation.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace supervisor
{

Generation::Generation(std::span<const Edge> edges, Children children) : children_(std::move(children))
{
    for (const Edge& edge : edges) {
        for (const auto& one : children_) {
            for (const auto& other : children_) {
                const bool is_pair = edge.one != edge.other || one->place().index < other->place().index;
                if (one->role().id == edge.one && other->role().id == edge.other && is_pair) {
                    links_.push_back({{one.get(), other.get()}, {}});
                }
            }
        }
    }
}

std::vector<Child*> Generation::with(Handover handover) const
{
    std::vector<Child*> result;
    for (const auto& child : children_) {
        if (child->role().handover == handover) {
            result.push_back(child.get());
        }
    }
    return result;
}

Child* Generation::find(ipc::Role role, std::uint16_t index) const noexcept
{
    const auto found = std::ranges::find_if(children_, [&](const auto& child) {
        return child->role().id == role && child->place().index == index;
    });
    return found == children_.end() ? nullptr : found->get();
}

Child* Generation::find_pid(pid_t pid) const noexcept
{
    const auto found =
        std::ranges::find_if(children_, [&](const auto& child) { return child->pid() == pid; });
    return found == children_.end() ? nullptr : found->get();
}

bool Generation::has(const Child& child) const noexcept
{
    return std::ranges::any_of(children_, [&](const auto& one) { return one.get() == &child; });
}

bool Generation::have_channel(const Child& one, const Child& other) const noexcept
{
    return std::ranges::any_of(links_, [&](const Link& link) {
        const auto& [first, second] = link.children;
        return (first == &one && second == &other) || (first == &other && second == &one);
    });
}

std::vector<int> Generation::ends_for(const Child& child)
{
    std::vector<int> result;
    for (Link& link : links_) {
        for (const std::size_t side : {0U, 1U}) {
            if (link.children[side] != &child) {
                continue;
            }
            if (!link.ends[side]) { // no end is kept: a new channel, of which the peer gets the other end
                std::tie(link.ends[side], link.ends[1 - side]) = privsep::Channel::pair();
            }
            result.push_back(link.ends[side].get());
        }
    }
    return result;
}

void Generation::started(Child& child)
{
    for (Link& link : links_) {
        for (const std::size_t side : {0U, 1U}) {
            if (link.children[side] != &child) {
                continue;
            }
            link.ends[side] = {};
            Child& peer = *link.children[1 - side];
            if (link.ends[1 - side] && peer.runs()) {
                peer.attach(child, std::exchange(link.ends[1 - side], {}));
            }
        }
    }
}

void Generation::stopped(const Child& child) noexcept
{
    for (Link& link : links_) {
        if (link.children[0] == &child || link.children[1] == &child) {
            link.ends = {};
        }
    }
}

} // namespace supervisor
