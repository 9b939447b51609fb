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
    case QueryError::no_equals_sign:
        return plain_reply(Status::bad_request);
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
    if (query.empty() && !has_form) {
        return has_body ? bad_request("the body is not application/x-www-form-urlencoded")
                        : plain_reply(Status::bad_request);
    }
    std::optional<Reply> refusal;
    if (!query.empty()) {
        refusal = add_parameters(query, parameters);
    }
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

/// The order of the checks and the texts are the predecessor's. The keeper checks host and token; a token
/// that no host can have gets the same reply as a wrong one.
UpdateOrReply read_api_update(const Request& request)
{
    Parameters parameters;
    if (auto refusal = collect(request, parameters)) {
        return std::move(*refusal);
    }
    const auto host_text = parameters.find("hostname");
    const auto token_text = parameters.find("token");
    if (!host_text) {
        return bad_request("hostname required");
    }
    if (!token_text) {
        return Reply{Status::forbidden, "authorization required"};
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
        return bad_request("bad request");
    }
    auto token = base::Token::from(*token_text);
    if (!token) {
        return plain_reply(Status::forbidden);
    }
    proposal.host = *host;
    proposal.token = *token;
    return update;
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
    UpdateOrReply (*read)(const Request&);
    Reply (*reply_to)(ipc::Verdict);
};

constexpr auto rows = std::to_array({
    Row{Dialect::api_update, "/api/update", read_api_update, reply_to_api_update},
});

} // namespace

std::variant<Update, Reply> read_update(const Request& request)
{
    for (const Row& row : rows) {
        if (request.path.starts_with('/') && request.path.ends_with(row.path_end)) {
            return row.read(request);
        }
    }
    return plain_reply(Status::not_found);
}

Reply reply_to(Dialect dialect, ipc::Verdict verdict)
{
    // every Dialect has a row
    return std::ranges::find_if(rows, [=](const Row& row) { return row.dialect == dialect; })
        ->reply_to(verdict);
}

} // namespace http
