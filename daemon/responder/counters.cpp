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

void Tally::unreadable(const base::Address& client, zone::Transport transport) noexcept
{
    came(client, transport, Seen::unreadable);
}

std::uint64_t Tally::of(common::Way way) const noexcept
{
    std::uint64_t sum = 0;
    for (std::size_t seen = 0; seen < static_cast<std::size_t>(Seen::end); ++seen) {
        sum += unreported(common::slot_of(way, static_cast<Seen>(seen)));
    }
    return sum;
}

std::uint64_t Tally::of(Seen seen) const noexcept
{
    std::uint64_t sum = 0;
    for (std::size_t way = 0; way < common::ways; ++way) {
        sum += unreported(common::slot_of(static_cast<common::Way>(way), seen));
    }
    return sum;
}

Counters Tally::counters() const noexcept
{
    using common::Way;
    const auto error = [this](dns::Rcode rcode) { return unreported(common::slot_of(rcode)); };
    Counters counters;
    counters.ipv4 = of(Way::udp_ipv4) + of(Way::tcp_ipv4);
    counters.ipv6 = of(Way::udp_ipv6) + of(Way::tcp_ipv6);
    counters.udp = of(Way::udp_ipv4) + of(Way::udp_ipv6);
    counters.tcp = of(Way::tcp_ipv4) + of(Way::tcp_ipv6);
    counters.success = unreported(Slot::success);
    counters.empty = unreported(Slot::empty);
    counters.referral = unreported(Slot::referral);
    counters.formerr = error(dns::Rcode::formerr);
    counters.servfail = error(dns::Rcode::servfail);
    counters.nxdomain = error(dns::Rcode::nxdomain);
    counters.notimp = error(dns::Rcode::notimp);
    counters.refused = error(dns::Rcode::refused);
    counters.badvers = error(dns::Rcode::badvers);
    counters.badcookie = error(dns::Rcode::badcookie);
    counters.responses = counters.success + counters.empty + counters.referral + counters.formerr +
                         counters.servfail + counters.nxdomain + counters.notimp + counters.refused +
                         counters.badvers + counters.badcookie;
    counters.truncated = unreported(Slot::truncated);
    counters.dropped =
        of(Seen::unreadable) + unreported(Slot::limited_drop) + unreported(Slot::limited_drop_with_edns);
    counters.cookie_none = of(Seen::without_edns) + of(Seen::without_cookie);
    counters.cookie_malformed = of(Seen::malformed_cookie);
    counters.cookie_client_only = of(Seen::client_cookie);
    counters.cookie_invalid = of(Seen::invalid_cookie);
    counters.cookie_correct = of(Seen::valid_cookie);
    counters.edns = of(Seen::without_cookie) + counters.cookie_malformed + counters.cookie_client_only +
                    counters.cookie_invalid + counters.cookie_correct;
    counters.responses_with_edns = counters.edns - unreported(Slot::limited_drop_with_edns);
    return counters;
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
