#include "daemon/keeper/followers.h"

#include <algorithm>

namespace keeper
{

void Followers::finish()
{
    std::ranges::stable_sort(followers_, {}, &Follower::leader);
    followers_.shrink_to_fit();
}

Followers::Range Followers::of(std::uint32_t leader) const noexcept
{
    const auto found = std::ranges::equal_range(followers_, leader, {}, &Follower::leader);
    const auto number = [this](auto place) { return static_cast<std::size_t>(place - followers_.begin()); };
    return {number(found.begin()), number(found.end())};
}

} // namespace keeper
