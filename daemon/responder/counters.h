// Counters of queries and replies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

    void request(const base::Address& client, zone::Transport transport) noexcept;
    void reply(const dns::Query& query, const zone::Reply& reply) noexcept;

    friend bool operator==(const Counters&, const Counters&) = default;

    /// The report in the predecessor's form: a heading and four lines that start with a tab.
    std::vector<std::string> report() const;

private:
    std::uint64_t& of(const zone::Reply& reply) noexcept;
};

// inline because they run for each query

inline void Counters::request(const base::Address& client, zone::Transport transport) noexcept
{
    ++(client.is4() ? ipv4 : ipv6);
    ++(transport == zone::Transport::udp ? udp : tcp);
}

inline std::uint64_t& Counters::of(const zone::Reply& reply) noexcept
{
    switch (reply.rcode) {
    case dns::Rcode::noerror:
        return reply.referral ? referral : reply.empty ? empty : success;
    case dns::Rcode::formerr:
        return formerr;
    case dns::Rcode::servfail:
        return servfail;
    case dns::Rcode::nxdomain:
        return nxdomain;
    case dns::Rcode::notimp:
        return notimp;
    case dns::Rcode::refused:
        return refused;
    case dns::Rcode::badvers:
        return badvers;
    case dns::Rcode::badcookie:
        return badcookie;
    }
    return servfail; // no other rcode is sent
}

inline void Counters::reply(const dns::Query& query, const zone::Reply& reply) noexcept
{
    ++responses;
    ++of(reply);
    if (reply.truncated) {
        ++truncated;
    }
    if (query.edns) {
        ++edns;
        ++responses_with_edns;
    }
}

} // namespace responder
