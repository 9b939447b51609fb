#include "daemon/common/rate_limit.h"

#include <algorithm>
#include <limits>

#include "daemon/common/client_network.h"

namespace common
{

namespace
{

constexpr std::uint64_t token = 1000; // one millisecond refills `per_second` of these units

} // namespace

/// The entry with the highest rank is replaced: a free one first, then the one with the most unused tokens.
std::uint64_t RateLimit::eviction_rank(const Entry& entry) noexcept
{
    return entry.tag == 0 ? std::numeric_limits<std::uint64_t>::max() : entry.tokens;
}

RateLimit::RateLimit(std::uint32_t per_second, const base::SipKey& secret)
    : per_second_(per_second), secret_(secret), table_(per_second != 0 ? sets : 0)
{
}

void RateLimit::refill(Entry& entry, std::uint32_t now_ms) const noexcept
{
    const std::uint64_t full = per_second_ * token;
    const std::uint32_t elapsed_ms = now_ms - entry.last_ms; // wraps after 49 days without a request
    entry.last_ms = now_ms;
    if (elapsed_ms >= 1000 || entry.tokens + elapsed_ms * per_second_ >= full) {
        entry.tokens = full;
        entry.truncate_next = 0;
    } else {
        entry.tokens += elapsed_ms * per_second_;
    }
}

RateLimit::Entry& RateLimit::entry_of(const base::Address& client, std::uint32_t now_ms) noexcept
{
    const std::uint64_t hash = base::siphash24(secret_, network_of(client));
    const auto tag = static_cast<std::uint32_t>(hash >> 33 | 1); // 31 bits, never 0
    Set& set = table_[hash % sets];
    const auto found = std::ranges::find_if(set, [tag](const Entry& e) { return e.tag == tag; });
    if (found != set.end()) {
        refill(*found, now_ms);
        return *found;
    }
    for (Entry& entry : set) {
        refill(entry, now_ms);
    }
    Entry& replaced = *std::max_element(set.begin(), set.end(), [](const Entry& left, const Entry& right) {
        return eviction_rank(left) < eviction_rank(right);
    });
    replaced = Entry{};
    replaced.tokens = per_second_ * token;
    replaced.last_ms = now_ms;
    replaced.tag = tag & 0x7FFFFFFFU;
    return replaced;
}

Verdict RateLimit::check(const base::Address& client, base::Uptime now) noexcept
{
    if (per_second_ == 0) {
        return Verdict::send;
    }
    Entry& entry = entry_of(client, static_cast<std::uint32_t>(now.count()));
    if (entry.tokens >= token) {
        entry.tokens -= token;
        return Verdict::send;
    }
    const bool truncate = entry.truncate_next != 0;
    entry.truncate_next = truncate ? 0 : 1;
    return truncate ? Verdict::truncate : Verdict::drop;
}

} // namespace common
