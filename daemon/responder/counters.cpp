#include "daemon/responder/counters.h"

#include <initializer_list>

namespace responder
{

namespace
{

struct Figure {
    const char* name;
    std::uint64_t value;
};

std::string line(const char* heading, std::initializer_list<Figure> figures)
{
    std::string text = std::string{"\t"} + heading + ":";
    for (const Figure& figure : figures) {
        text += std::string{" "} + figure.name + "=" + std::to_string(figure.value);
    }
    return text;
}

} // namespace

void Counters::request(const base::Address& client, zone::Transport transport) noexcept
{
    ++(client.is4() ? ipv4 : ipv6);
    ++(transport == zone::Transport::udp ? udp : tcp);
}

std::uint64_t& Counters::of(const zone::Reply& reply) noexcept
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
    return servfail; // no other rcode is ever sent
}

void Counters::reply(const dns::Query& query, const zone::Reply& reply) noexcept
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

std::vector<std::string> Counters::report() const
{
    return {
        "statistics:",
        line("requests", {{"ipv4", ipv4}, {"ipv6", ipv6}, {"udp", udp}, {"tcp", tcp}, {"edns", edns}}),
        line("responses", {{"total", responses}, {"trunc", truncated}, {"edns0", responses_with_edns}}),
        line("queries", {{"success", success},
                         {"empty", empty},
                         {"formerr", formerr},
                         {"servfail", servfail},
                         {"nxdomain", nxdomain},
                         {"notimp", notimp},
                         {"refused", refused},
                         {"badvers", badvers},
                         {"badcookie", badcookie},
                         {"dropped", dropped},
                         {"referral", referral}}),
        line("cookies", {{"none", cookie_none},
                         {"malformed", cookie_malformed},
                         {"client_only", cookie_client_only},
                         {"invalid", cookie_invalid},
                         {"correct", cookie_correct}}),
    };
}

} // namespace responder
