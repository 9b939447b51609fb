// Counters of queries and replies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/common/counters.h"
#include "daemon/zone/answer.h"
#include "proto/base/address.h"
#include "proto/dns/query.h"

namespace responder
{

/// All count since the last report.
struct Counters {
    // requests: everything that was received, also if it is not a DNS message
    std::uint64_t ipv4 = 0;
    std::uint64_t ipv6 = 0;
    std::uint64_t udp = 0;
    std::uint64_t tcp = 0;
    std::uint64_t edns = 0;
    // responses
    std::uint64_t responses = 0;
    std::uint64_t truncated = 0;
    std::uint64_t responses_with_edns = 0;
    // queries by result
    std::uint64_t success = 0;
    std::uint64_t empty = 0;
    std::uint64_t referral = 0;
    std::uint64_t formerr = 0;
    std::uint64_t servfail = 0;
    std::uint64_t nxdomain = 0;
    std::uint64_t notimp = 0;
    std::uint64_t refused = 0;
    std::uint64_t badvers = 0;
    std::uint64_t badcookie = 0;
    std::uint64_t dropped = 0; ///< no message that may be answered, or over the rate limit

    // cookies, of messages that could be parsed
    std::uint64_t cookie_none = 0;
    std::uint64_t cookie_malformed = 0;
    std::uint64_t cookie_client_only = 0;
    std::uint64_t cookie_invalid = 0;
    std::uint64_t cookie_correct = 0;

    friend bool operator==(const Counters&, const Counters&) = default;

    /// The report in the predecessor's form: a heading and four lines that start with a tab.
    std::vector<std::string> report() const;
};

class Tally : public common::Tally<common::OfResponder>
{
public:
    using Slot = common::OfResponder;
    using common::Tally<Slot>::Tally;

    using Seen = common::Seen;

    [[gnu::cold, gnu::noinline]] void unreadable(const base::Address& client,
                                                 zone::Transport transport) noexcept;
    /// Once for each other message.
    void came(const base::Address& client, zone::Transport transport, Seen seen) noexcept;
    void answered(const dns::Query& query, const zone::Reply& reply) noexcept;
    /// What was counted since the last report.
    Counters counters() const noexcept;

private:
    std::uint64_t of(common::Way way) const noexcept;
    std::uint64_t of(Seen seen) const noexcept;
};

// inline because they run for each query

inline void Tally::came(const base::Address& client, zone::Transport transport, Seen seen) noexcept
{
    using common::Way;
    const Way of_ipv6 = transport == zone::Transport::udp ? Way::udp_ipv6 : Way::tcp_ipv6; // IPv4 follows
    count_at(static_cast<std::size_t>(common::slot_of(of_ipv6, seen)) + std::size_t{client.is4()});
}

inline void Tally::answered(const dns::Query& query, const zone::Reply& reply) noexcept
{
    constexpr auto success = static_cast<std::size_t>(Slot::success);
    std::size_t result = success + std::size_t{reply.empty};
    if (reply.referral) [[unlikely]] {
        result = static_cast<std::size_t>(Slot::referral);
    }
    if (reply.rcode != dns::Rcode::noerror) {
        result = static_cast<std::size_t>(common::slot_of(reply.rcode));
    }
    count_at(result);
    if (query.question) [[likely]] {
        count_at(static_cast<std::size_t>(common::slot_of(query.question->type)));
    }
    if (reply.truncated) {
        count(Slot::truncated);
    }
}

} // namespace responder
