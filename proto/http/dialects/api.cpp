// `/api/update`, of the predecessor and of dynv6, with the parameters
//   hostname  full names of hosts, in any case, with or without a trailing dot; or `zone`
//   token     the hosts' secret
//   ipv4      the address; missing or empty removes the A record
//   ipv6      the same for the AAAA record
//   ip6lanprefix, ipv6prefix, ip6prefix
//   txt       the value of a challenge
// Other parameters are ignored, but a request without `ipv4` and `ipv6` that has an address under another
// name is refused: it would remove the records that it is to set.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "proto/base/text.h"
#include "proto/http/dialects/rows.h"
#include "proto/http/form.h"

namespace http::dialects
{

namespace
{

constexpr auto known_names = std::to_array<std::string_view>({
    "hostname",
    "zone",
    "token",
    "password",
    "ipv4",
    "ipv6",
    "ip6lanprefix",
    "ipv6prefix",
    "ip6prefix",
    "txt",
});

/// Names of an address in other update protocols and in routers, in lower case.
constexpr auto address_names = std::to_array<std::string_view>({
    "ipv4",    "ipv6",    "myip",     "myip4",    "myip6",       "myipv4",      "myipv6",
    "ip",      "ip4",     "ip6",      "ipaddr",   "ipaddress",   "ip_addr",     "ip_address",
    "ip4addr", "ip6addr", "ipv4addr", "ipv6addr", "ipv4address", "ipv6address", "addr",
    "addr4",   "addr6",   "address",  "address4", "address6",    "newip",       "newipv6",
    "wanip",   "wanip4",  "wanip6",   "wanipv6",  "currentip",   "hostip",      "dnsto",
});

/// In a URL that was copied from HTML, names begin with "amp;".
bool is_address_name(std::string_view name) noexcept
{
    constexpr std::string_view ampersand = "amp;";
    if (base::equal_ignoring_case(name.substr(0, ampersand.size()), ampersand)) {
        name.remove_prefix(ampersand.size());
    }
    return std::ranges::any_of(
        address_names, [=](std::string_view known) { return base::equal_ignoring_case(name, known); });
}

bool is_address(std::string_view text) noexcept
{
    return base::parse_address4(text) || base::parse_address6(text);
}

std::optional<Problem> misnamed_address(const Parameters& parameters)
{
    if (!parameters.find("ipv4").value_or("").empty() || !parameters.find("ipv6").value_or("").empty()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < parameters.count(); ++i) {
        const std::string_view name = parameters.name(i);
        if (std::ranges::find(known_names, name) != known_names.end()) {
            continue; // a token may look like an address
        }
        if (is_address_name(name)) {
            return Problem{Sentence::misnamed_address, std::string{name}};
        }
        if (is_address(parameters.value(i))) { // the name may have a word that clients look for
            return Problem{Sentence::misplaced_address};
        }
    }
    return std::nullopt;
}

Reply refusal_of_api(Fault fault, std::string_view sentence)
{
    switch (fault) {
    case Fault::no_secret:
        return {Status::forbidden, "authorization required"};
    case Fault::wrong_secret:
    case Fault::outside_zone:
        return plain_reply(Status::forbidden);
    case Fault::unavailable:
        return plain_reply(Status::unavailable);
    case Fault::no_host:
    case Fault::too_many_hosts:
    case Fault::bad_address:
    case Fault::bad_value:
    case Fault::malformed:
        break;
    }
    return sentence.empty() ? plain_reply(Status::bad_request)
                            : Reply{Status::bad_request, std::string{sentence}};
}

/// The texts of the predecessor come first.
Refused refused_address(const Problem& problem, std::string_view secret)
{
    if (problem.sentence == Sentence::no_address4) {
        return {refusal_of_api(Fault::bad_address, "bad ipv4 address"), ""};
    }
    if (problem.sentence == Sentence::no_address6) {
        return {refusal_of_api(Fault::bad_address, "bad ipv6 address"), ""};
    }
    return refused(api, Fault::bad_address, problem, secret);
}

std::optional<Refused> read_addresses(const Parameters& parameters, const Client& client,
                                      std::string_view secret, ipc::Propose& proposal)
{
    AddressReader addresses{client};
    if (const auto value = parameters.find("ipv4")) {
        addresses.read4(*value);
    }
    if (const auto value = parameters.find("ipv6")) {
        addresses.read6(*value);
    }
    read_prefixes(parameters, addresses);
    const auto problem = finish(addresses, proposal);
    return problem ? std::optional{refused_address(*problem, secret)} : std::nullopt;
}

std::optional<Refused> read_hosts_of_api(std::string_view list, std::string_view secret, Update& update)
{
    const auto problem = read_hosts(list, secret, update);
    if (!problem) {
        return std::nullopt;
    }
    if (problem->sentence == Sentence::too_many_hosts) {
        return refused(api, Fault::too_many_hosts, *problem, secret);
    }
    return Refused{refusal_of_api(Fault::no_host, "bad hostname"), ""};
}

/// The order of the checks is the predecessor's. The keeper checks hosts and secret; a secret that no host
/// can have gets the same reply as a wrong one.
ReadResult read_api(const Request& request, const Parameters& parameters, const Client& client)
{
    const auto hostname = parameters.find("hostname");
    const auto hosts = hostname ? hostname : parameters.find("zone");
    if (!hosts) {
        return Refused{refusal_of_api(Fault::no_host, "hostname required"), ""};
    }
    const Secret secret = secret_of(request, parameters);
    if (std::holds_alternative<NoSecret>(secret) && !parameters.find("token")) {
        return Refused{refusal_of_api(Fault::no_secret, {}), ""};
    }
    const std::string_view shown = text_of(secret);
    if (const auto problem = misnamed_address(parameters)) {
        return refused(api, Fault::malformed, *problem, shown);
    }
    Update update;
    const auto challenge = read_challenge(parameters, update);
    if (auto result = read_addresses(parameters, client, shown, update.proposal)) {
        return std::move(*result);
    }
    if (challenge) {
        return refused(api, Fault::bad_value, *challenge, shown);
    }
    if (auto result = read_hosts_of_api(*hosts, shown, update)) {
        return std::move(*result);
    }
    const auto* token = std::get_if<base::Token>(&secret);
    if (token == nullptr) {
        return refused_secret(api);
    }
    update.proposal.token = *token;
    return update;
}

/// Update clients look for these words (their configurations are in contrib/): inadyn and OpenWrt match
/// `updated` and `unchanged`. inadyn tries again after `911` with a 5xx status.
Reply reply_to_api(const Update& update, const ipc::Settled& settled)
{
    if (has_verdict(settled, ipc::Verdict::unavailable)) {
        return refusal_of_api(Fault::unavailable, {});
    }
    if (has_verdict(settled, ipc::Verdict::refused) || has_verdict(settled, ipc::Verdict::outside_zone)) {
        return refusal_of_api(Fault::wrong_secret, {});
    }
    for (const ipc::HostOutcome& outcome : settled.hosts) {
        if (outcome.verdict == ipc::Verdict::unsuitable) {
            return refusal_of_api(Fault::bad_address, text_of(outcome, update.proposal));
        }
    }
    return {Status::ok, has_verdict(settled, ipc::Verdict::committed) ? "ok updated" : "ok unchanged"};
}

} // namespace

const Dialect api{{"/api/update"}, allows_both,      true, true, nullptr, read_api, reply_to_api,
                  refusal_of_api,  ipc::Dialect::api};

} // namespace http::dialects
