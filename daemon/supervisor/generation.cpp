#include "daemon/supervisor/generation.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace supervisor
{

Generation::Generation(privsep::EventLoop& loop, ChildEvents& events, std::size_t workers)
    : keeper(std::make_unique<Child>(loop, events, ipc::Role::keeper, 0)),
      updater(std::make_unique<Child>(loop, events, ipc::Role::updater, 0))
{
    edges.push_back({updater.get(), {}, {}});
    for (std::size_t index = 0; index < workers; ++index) {
        responders.push_back(std::make_unique<Child>(loop, events, ipc::Role::responder,
                                                     static_cast<std::uint16_t>(index), workers > 1));
        edges.push_back({responders.back().get(), {}, {}});
    }
}

bool Generation::waits() const noexcept
{
    return keeper && keeper->runs() &&
           std::ranges::all_of(responders, [](const auto& responder) { return responder->runs(); });
}

std::vector<Child*> Generation::children() const
{
    std::vector<Child*> result{keeper.get(), updater.get()};
    for (const auto& responder : responders) {
        result.push_back(responder.get());
    }
    return result;
}

int Generation::setup_of(const Child& child) const noexcept
{
    switch (child.role()) {
    case ipc::Role::keeper:
        return setups.keeper.get();
    case ipc::Role::updater:
        return setups.updater.get();
    case ipc::Role::responder:
        break;
    }
    return child.index() < setups.responders.size() ? setups.responders[child.index()].get() : -1;
}

std::vector<int> Generation::ends_for(const Child& child)
{
    std::vector<int> result;
    for (Edge& edge : edges) {
        if (is_on(edge, child)) {
            privsep::Channel& own = &child == keeper.get() ? edge.keeper_end : edge.peer_end;
            if (!own) { // the peer has nothing that waits for us: a fresh pair, and its end waits for it
                std::tie(edge.keeper_end, edge.peer_end) = privsep::Channel::pair();
            }
            result.push_back(own.get());
        }
    }
    return result;
}

void Generation::has_inherited(const Child& child) noexcept
{
    for (Edge& edge : edges) {
        if (is_on(edge, child)) {
            (&child == keeper.get() ? edge.keeper_end : edge.peer_end) = privsep::Channel{};
        }
    }
}

void Generation::close_edges_of(const Child& child) noexcept
{
    for (Edge& edge : edges) {
        if (is_on(edge, child)) {
            edge.keeper_end = privsep::Channel{};
            edge.peer_end = privsep::Channel{};
        }
    }
}

void Generation::adopt_updater(std::unique_ptr<Child> other) noexcept
{
    edges.front().peer = other.get();
    updater = std::move(other);
}

void Generation::abandon()
{
    for (Child* child : *this ? children() : std::vector<Child*>{}) {
        child->kill();
    }
    *this = {};
}

} // namespace supervisor
