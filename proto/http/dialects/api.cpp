// The dialect of the predecessor: `/api/update`, GET or POST, with the parameters
//   hostname  the full name of the host, in any case, with or without a trailing dot
//   token     the host's secret
//   ipv4      its address; missing or empty removes the A record
//   ipv6      the same for the AAAA record
// Other parameters are ignored, but a request without `ipv4` and `ipv6` that has an address under another
// name is refused: it would remove the records that it is to set.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "proto/base/text.h"
#include "proto/http/dialects/rows.h"

namespace http::dialects
{

namespace
{

Reply bad_request(std::string_view why)
{
    return {Status::bad_request, std::string{why}};
}

/// A missing address removes the record. So does an empty one: a Fritz!Box sends an empty field for an
/// address family that it does not have. False if the text is not an address.
template <typename Address>
bool take_address(std::optional<std::string_view> text,
                  std::optional<Address> (*parse)(std::string_view) noexcept, ipc::ChangeOf<Address>& change)
{
    change.change = ipc::Change::remove;
    if (text.value_or("").empty()) {
        return true;
    }
    const auto parsed = parse(*text);
    if (parsed) {
        change.change = ipc::Change::set;
        change.value = *parsed;
    }
    return parsed.has_value();
}

constexpr auto known_names = std::to_array<std::string_view>({"hostname", "token", "ipv4", "ipv6"});

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

std::optional<Reply> misnamed_address(const Parameters& parameters)
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
            return bad_request(base::filled("found parameter {}, expected ipv4 or ipv6", {name}));
        }
        if (is_address(parameters.value(i))) { // the name may have a word that clients look for
            return bad_request("found an address in another parameter, expected ipv4 or ipv6");
        }
    }
    return std::nullopt;
}

/// The order of the checks and the texts are the predecessor's. The keeper checks host and token; a token
/// that no host can have gets the same reply as a wrong one.
ReadResult read_api(const Request& /*request*/, const Parameters& parameters, const Client& /*client*/)
{
    const auto host_text = parameters.find("hostname");
    const auto token_text = parameters.find("token");
    if (!host_text) {
        return Refused{bad_request("hostname required"), ""};
    }
    if (!token_text) {
        return Refused{{Status::forbidden, "authorization required"}, ""};
    }
    if (auto refusal = misnamed_address(parameters)) {
        return Refused{std::move(*refusal), ""};
    }
    Update update;
    ipc::Propose& proposal = update.proposal;
    if (!take_address(parameters.find("ipv4"), base::parse_address4, proposal.ipv4)) {
        return Refused{bad_request("bad ipv4 address"), ""};
    }
    if (!take_address(parameters.find("ipv6"), base::parse_address6, proposal.ipv6)) {
        return Refused{bad_request("bad ipv6 address"), ""};
    }
    const auto host = dns::Name::from_text(*host_text);
    if (!host) {
        return Refused{bad_request("bad hostname"), ""};
    }
    auto token = base::Token::from(*token_text);
    if (!token) {
        return Refused{plain_reply(Status::forbidden), "", "the token is empty or longer than 255 bytes"};
    }
    proposal.hosts.push_back(*host);
    proposal.token = *token;
    return update;
}

/// Update clients look for these words (their configurations are in contrib/): inadyn and OpenWrt match
/// `updated` and `unchanged`. inadyn tries again after `911` with a 5xx status.
Reply reply_to_api(const Update& /*update*/, const ipc::Settled& settled)
{
    switch (settled.hosts.front().verdict) {
    case ipc::Verdict::committed:
        return {Status::ok, "ok updated"};
    case ipc::Verdict::unchanged:
        return {Status::ok, "ok unchanged"};
    case ipc::Verdict::refused:
    case ipc::Verdict::outside_zone:
        return plain_reply(Status::forbidden);
    case ipc::Verdict::unsuitable:
        return plain_reply(Status::bad_request);
    case ipc::Verdict::unavailable:
        break;
    }
    return {Status::unavailable, "911"};
}

Reply refusal_of_api(Fault /*fault*/, std::string_view sentence)
{
    return bad_request(sentence);
}

} // namespace

extern const Dialect api{{"/api/update"}, allows_both, true,         true,
                         nullptr,         read_api,    reply_to_api, refusal_of_api};

} // namespace http::dialects
