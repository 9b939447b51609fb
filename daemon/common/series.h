// What the counters are called in the metrics. The tables have no pointers, so they need no relocations, and
// the processes share their memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace common
{

/// What the metrics count, as the counters' names say; `none` is only in the log's statistics.
enum class Family : std::uint8_t {
    none,
    dns_queries,
    dns_queries_by_type,
    dns_responses,
    dns_truncated,
    dns_limited,
    dns_cookies,
    connections,
    connections_total,
    updates,
    blocked,
    expiries,
    state_sync,
};

/// The value of a label. It compiles only if the table has it.
class LabelValue
{
public:
    constexpr LabelValue() = default; ///< the empty one: there is no such label
    constexpr LabelValue(const char* text) : LabelValue(std::string_view{text}) {} // NOLINT: implicit
    constexpr LabelValue(std::string_view text)                                    // NOLINT: implicit
    {
        while (texts.at(index_).data() != text) { // at() is not constant beyond the end
            ++index_;
        }
    }

    constexpr std::string_view text() const noexcept { return texts[index_].data(); }
    friend constexpr bool operator==(const LabelValue&, const LabelValue&) = default;

private:
    using Text = std::array<char, 12>;
    // clang-format off
    static constexpr auto texts = std::to_array<Text>({
        {""},
        {"udp"}, {"tcp"}, {"ipv4"}, {"ipv6"}, // transports, families
        {"none"}, {"malformed"}, {"invalid"}, {"valid"}, {"client_only"}, // states of a cookie
        {"A"}, {"NS"}, {"SOA"}, {"TXT"}, {"AAAA"}, {"ANY"}, {"other"}, // types
        {"NOERROR"}, {"FORMERR"}, {"SERVFAIL"}, {"NXDOMAIN"},
        {"NOTIMP"}, {"REFUSED"}, {"BADVERS"}, {"BADCOOKIE"}, // response codes
        {"drop"}, {"truncate"}, {"badcookie"}, // what a rate limit does
        {"dns"}, {"http"}, {"https"}, {"metrics"}, // services
        {"finished"}, {"timed_out"}, {"evicted"}, {"refused"}, {"failed"}, // ends of connections
        {"changed"}, {"unchanged"}, {"unavailable"}, // outcomes of updates; others are above
        {"dyndns2"}, {"duckdns"}, {"api"}, {"acme-dns"}, {"httpreq"}, {"page"}, // dialects
    });
    // clang-format on

    std::uint8_t index_ = 0;
};

struct Series {
    Family family = Family::none;
    std::array<LabelValue, 2> values{}; ///< of the family's labels
    friend constexpr bool operator==(const Series&, const Series&) = default;
};

/// What a slot is a part of, at most two series. A series is the sum of its slots.
using CounterRow = std::array<Series, 2>;

} // namespace common
