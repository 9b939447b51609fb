#include "daemon/keeper/overdue.h"

#include <algorithm>

namespace keeper
{

Overdue::Overdue(const Hosts& hosts)
    : hosts_(hosts), due_(hosts.expected().size()), is_overdue_(hosts.expected().size())
{
}

std::optional<std::uint32_t> Overdue::place_of(HostNumber host) const noexcept
{
    const auto all = hosts_.expected();
    const auto found = std::ranges::lower_bound(all, host, {}, &ExpectedHost::host);
    if (found == all.end() || found->host != host) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - all.begin());
}

base::UnixTime Overdue::due(std::uint32_t place) const noexcept
{
    const ExpectedHost& expected = hosts_.expected()[place];
    return hosts_.report(expected.host).seen + base::Seconds{expected.seconds};
}

void Overdue::begin() noexcept
{
    for (std::uint32_t place = 0; place < is_overdue_.size(); ++place) {
        due_.set(place, due(place));
    }
}

bool Overdue::reported(HostNumber host) noexcept
{
    const auto place = place_of(host);
    if (!place || due_.when(*place) == due(*place)) {
        return false;
    }
    const bool was_overdue = is_overdue_[*place];
    is_overdue_[*place] = false;
    count_ -= was_overdue ? 1U : 0U;
    due_.set(*place, due(*place));
    return was_overdue;
}

std::optional<HostNumber> Overdue::take(base::UnixTime now) noexcept
{
    const auto place = due_.first();
    if (!place || due_.when(*place) > now) {
        return std::nullopt;
    }
    due_.remove(*place);
    is_overdue_[*place] = true;
    ++count_;
    return hosts_.expected()[*place].host;
}

std::optional<base::UnixTime> Overdue::next() const noexcept
{
    const auto place = due_.first();
    return place ? std::optional{due_.when(*place)} : std::nullopt;
}

std::optional<base::UnixTime> Overdue::since(HostNumber host) const noexcept
{
    const auto place = place_of(host);
    return place && is_overdue_[*place] ? std::optional{due_.when(*place)} : std::nullopt;
}

} // namespace keeper
