#include "ctl/times.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "proto/base/text.h"

namespace ctl
{

namespace
{

struct Unit {
    std::int64_t seconds;
    std::string_view name;
};
constexpr auto units = std::to_array<Unit>({{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}});

const Unit& largest_unit(std::int64_t seconds)
{
    const auto* const found =
        std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return seconds >= unit.seconds; });
    return found == units.end() ? units.back() : *found;
}

/// `value` in decimal with leading zeros.
std::string digits(std::int64_t value, std::size_t width)
{
    std::string text = std::to_string(value);
    text.insert(0, width > text.size() ? width - text.size() : 0, '0');
    return text;
}

} // namespace

std::string span(base::Seconds length)
{
    const std::int64_t seconds = std::max<std::int64_t>(length.count(), 0);
    const Unit& unit = largest_unit(seconds);
    return base::filled("{} {}", {seconds / unit.seconds, unit.name});
}

std::string long_span(base::Seconds length)
{
    const std::int64_t seconds = std::max<std::int64_t>(length.count(), 0);
    const Unit& unit = largest_unit(seconds);
    const std::int64_t rest = seconds % unit.seconds;
    const Unit& next = *std::min(&unit + 1, &units.back());
    const bool has_more = unit.seconds >= 3600 && rest >= next.seconds;
    return span(length) + (has_more ? base::filled(" {} {}", {rest / next.seconds, next.name}) : "");
}

std::string relative(base::UnixTime time, base::UnixTime now)
{
    if (time == now) {
        return "now";
    }
    return time < now ? span(now - time) + " ago" : "in " + span(time - now);
}

std::string rfc3339(base::UnixTime time)
{
    constexpr std::int64_t end_of_9999 = 253402300799;
    time = std::min(time, base::UnixTime{base::Seconds{end_of_9999}});
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return base::filled("{}-{}-{}T{}:{}:{}Z",
                        {digits(static_cast<int>(date.year()), 4),
                         digits(static_cast<unsigned>(date.month()), 2),
                         digits(static_cast<unsigned>(date.day()), 2), digits(clock.hours().count(), 2),
                         digits(clock.minutes().count(), 2), digits(clock.seconds().count(), 2)});
}

} // namespace ctl
