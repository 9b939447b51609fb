#include "daemon/responder/counters.h"

#include <initializer_list>

#include "proto/base/text.h"

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
    std::string text = base::filled("\t{}:", {heading});
    for (const Figure& figure : figures) {
        base::append(text, " {}={}", {figure.name, figure.value});
    }
    return text;
}

} // namespace

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
