#include "daemon/keeper/expiry.h"

namespace keeper
{

/// Touches the heap's memory now, so that the process does not grow as hosts get addresses.
Expiry::Expiry(std::size_t hosts) : heap_(hosts), position_(hosts, absent), when_(hosts)
{
    heap_.clear();
}

void Expiry::put(std::size_t at, HostNumber host) noexcept
{
    heap_[at] = host;
    position_[host] = static_cast<std::uint32_t>(at);
}

void Expiry::rise(std::size_t at) noexcept
{
    const HostNumber host = heap_[at];
    while (at > 0 && when_[host] < when_[heap_[(at - 1) / 2]]) {
        put(at, heap_[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(at, host);
}

void Expiry::sink(std::size_t at) noexcept
{
    const HostNumber host = heap_[at];
    while (2 * at + 1 < heap_.size()) {
        std::size_t below = 2 * at + 1;
        if (below + 1 < heap_.size() && when_[heap_[below + 1]] < when_[heap_[below]]) {
            ++below;
        }
        if (when_[host] <= when_[heap_[below]]) {
            break;
        }
        put(at, heap_[below]);
        at = below;
    }
    put(at, host);
}

void Expiry::set(HostNumber host, base::UnixTime when) noexcept
{
    when_[host] = when;
    if (position_[host] == absent) {
        heap_.push_back(host);
        position_[host] = static_cast<std::uint32_t>(heap_.size() - 1);
    }
    rise(position_[host]);
    sink(position_[host]);
}

void Expiry::remove(HostNumber host) noexcept
{
    const std::uint32_t at = position_[host];
    if (at == absent) {
        return;
    }
    position_[host] = absent;
    const HostNumber last = heap_.back();
    heap_.pop_back();
    if (last != host) {
        put(at, last);
        rise(position_[last]);
        sink(position_[last]);
    }
}

std::optional<HostNumber> Expiry::first() const noexcept
{
    return heap_.empty() ? std::nullopt : std::optional{heap_.front()};
}

} // namespace keeper
