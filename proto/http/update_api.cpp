#include "proto/http/update_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "proto/base/text.h"
#include "proto/http/query.h"

namespace http
{

namespace
{

using UpdateOrReply = std::variant<Update, Reply>;

Reply bad_request(std::string_view why)
{
    return {Status::bad_request, std::string{why}};
}

/// A body without Content-Type is a form: scripts omit it, and no other format is supported.
bool is_form(const std::optional<std::string_view>& content_type) noexcept
{
    if (!content_type) {
        return true;
    }
    const std::string_view type = content_type->substr(0, content_type->find_first_of("; \t"));
    return type.empty() || base::equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

std::optional<Reply> add_parameters(std::string_view form, Parameters& parameters)
{
    switch (parameters.add(form)) {
    case QueryError::none:
        return std::nullopt;
    case QueryError::bad_escape:
        return bad_request("bad percent escape");
    case QueryError::too_many:
        break;
    }
    return bad_request("too many parameters");
}

std::optional<Reply> collect(const Request& request, Parameters& parameters)
{
    const std::string_view query = request.query.value_or("");
    const bool has_body = request.method == Method::post && !request.body.empty();
    const bool has_form = has_body && is_form(request.content_type);
    if (query.empty() && has_body && !has_form) {
        return bad_request("the body is not application/x-www-form-urlencoded");
    }
    std::optional<Reply> refusal = add_parameters(query, parameters);
    if (!refusal && has_form) {
        refusal = add_parameters(request.body, parameters);
    }
    return refusal;
}

/// A missing address removes the record. So does an empty one: a Fritz!Box sends an empty field for an
/// address family that it does not have. False if the text is not an address.
template <typename Address>
bool take_address(std::optional<std::string_view> text,
                  std::optional<Address> (*parse)(std::string_view) noexcept, ipc::Change& change,
                  Address& address)
{
    change = ipc::Change::remove;
    if (text.value_or("").empty()) {
        return true;
    }
    const auto parsed = parse(*text);
    if (parsed) {
        change = ipc::Change::set;
        address = *parsed;
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
UpdateOrReply read_parameters(const Parameters& parameters)
{
    const auto host_text = parameters.find("hostname");
    const auto token_text = parameters.find("token");
    if (!host_text) {
        return bad_request("hostname required");
    }
    if (!token_text) {
        return Reply{Status::forbidden, "authorization required"};
    }
    if (auto refusal = misnamed_address(parameters)) {
        return std::move(*refusal);
    }
    Update update;
    ipc::Propose& proposal = update.proposal;
    if (!take_address(parameters.find("ipv4"), base::parse_address4, proposal.change4, proposal.address4)) {
        return bad_request("bad ipv4 address");
    }
    if (!take_address(parameters.find("ipv6"), base::parse_address6, proposal.change6, proposal.address6)) {
        return bad_request("bad ipv6 address");
    }
    const auto host = dns::Name::from_text(*host_text);
    if (!host) {
        return bad_request("bad hostname");
    }
    auto token = base::Token::from(*token_text);
    if (!token) {
        return plain_reply(Status::forbidden);
    }
    proposal.host = *host;
    proposal.token = *token;
    return update;
}

std::variant<Update, Refused> read_api_update(const Request& request)
{
    Parameters parameters;
    auto refusal = collect(request, parameters);
    UpdateOrReply result = refusal ? UpdateOrReply{std::move(*refusal)} : read_parameters(parameters);
    if (auto* reply = std::get_if<Reply>(&result)) {
        return Refused{std::move(*reply), std::string{parameters.find("hostname").value_or("")}};
    }
    return std::get<Update>(std::move(result));
}

/// Update clients look for these words (their configurations are in contrib/): inadyn and OpenWrt match
/// `updated` and `unchanged`. inadyn tries again after `911` with a 5xx status.
Reply reply_to_api_update(ipc::Verdict verdict)
{
    switch (verdict) {
    case ipc::Verdict::committed:
        return {Status::ok, "ok updated"};
    case ipc::Verdict::unchanged:
        return {Status::ok, "ok unchanged"};
    case ipc::Verdict::refused:
        return plain_reply(Status::forbidden);
    case ipc::Verdict::unavailable:
        break;
    }
    return {Status::unavailable, "911"};
}

struct Row {
    Dialect dialect;
    std::string_view path_end; ///< the path, or its end
    std::variant<Update, Refused> (*read)(const Request&);
    Reply (*reply_to)(ipc::Verdict);
};

constexpr auto rows = std::to_array({
    Row{Dialect::api_update, "/api/update", read_api_update, reply_to_api_update},
});

const Row* row_of(std::string_view path) noexcept
{
    const auto* row =
        std::ranges::find_if(rows, [=](const Row& one) { return path.ends_with(one.path_end); });
    return path.starts_with('/') && row != rows.end() ? row : nullptr;
}

} // namespace

std::variant<Update, Refused> read_update(const Request& request)
{
    const Row* row = row_of(request.path);
    if (row == nullptr) {
        return Refused{plain_reply(Status::not_found), ""};
    }
    if (request.method == Method::head) { // it is safe (RFC 9110 section 9.2.1), so it must not update
        return Refused{plain_reply(Status::method_not_allowed), ""};
    }
    return row->read(request);
}

Reply reply_to(const Refusal& refusal, const RequestReader& reader, std::string_view arrived)
{
    const bool is_unknown_method =
        refusal.status == Status::not_implemented && reader.method() == Method::other;
    if (is_unknown_method && row_of(reader.path(arrived).value_or("")) != nullptr) {
        return plain_reply(Status::method_not_allowed);
    }
    Reply reply = plain_reply(refusal.status);
    if (!refusal.why.empty()) {
        reply.body = refusal.why;
    }
    return reply;
}

Reply reply_to(Dialect dialect, ipc::Verdict verdict)
{
    // every Dialect has a row
    return std::ranges::find_if(rows, [=](const Row& row) { return row.dialect == dialect; })
        ->reply_to(verdict);
}

} // namespace http
