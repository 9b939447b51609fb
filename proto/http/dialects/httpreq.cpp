// The dialect of lego's provider `httpreq`, which Traefik uses, and of acmeproxy in acme.sh and Caddy: a POST
// to `/present` or `/cleanup` with Authorization: Basic and a JSON object
//   fqdn   `_acme-challenge.HOST`, with or without a dot at the end
//   value  the value to add or to remove
#include <array>
#include <utility>

#include "proto/base/text.h"
#include "proto/http/challenge.h"
#include "proto/http/credentials.h"
#include "proto/http/dialects/rows.h"
#include "proto/http/json.h"
#include "proto/http/sentences.h"

namespace http::dialects
{

namespace
{

/// The host of a challenge's name; none if the name does not begin with the challenge's label.
std::optional<dns::Name> host_of(std::string_view fqdn) noexcept
{
    constexpr std::string_view label = "_acme-challenge.";
    if (!base::equal_ignoring_case(fqdn.substr(0, label.size()), label)) {
        return std::nullopt;
    }
    const auto host = dns::Name::from_text(fqdn.substr(label.size()));
    return host && !host->is_root() ? host : std::nullopt;
}

Refused refused(Fault fault, std::string_view sentence, std::string_view fqdn, const char* why = "")
{
    return {json_refusal(fault, sentence), std::string{fqdn}, why};
}

ReadResult read_httpreq(const Request& request, const Parameters& /*parameters*/, const Client& /*client*/)
{
    const Secret secret = basic_secret_of(request);
    if (std::holds_alternative<NoSecret>(secret)) {
        return refused(Fault::no_secret, {}, {}, "no Authorization: Basic");
    }
    std::array<JsonField, 4> fields{JsonField{"fqdn"}, JsonField{"value"}, JsonField{"domain"},
                                    JsonField{"keyAuth"}};
    auto& [fqdn, text, raw_domain, raw_key] = fields;
    if (const auto error = read_json(request.body, fields)) {
        return refused(Fault::malformed, to_text(*error), {});
    }
    if (!fqdn.is_there && (raw_domain.is_there || raw_key.is_there)) {
        return refused(Fault::no_host, text_of({Sentence::raw_mode}, {}), {});
    }
    const std::string_view name = fqdn.value ? std::string_view{*fqdn.value} : std::string_view{};
    const auto host = host_of(name);
    if (!host) {
        return refused(Fault::no_host, {}, name, "fqdn is no name that begins with _acme-challenge");
    }
    const auto value = challenge_value(text.value ? std::string_view{*text.value} : std::string_view{});
    if (!value) {
        return refused(Fault::bad_value, {}, name, "value is not 43 characters of base64url");
    }
    const auto* token = std::get_if<base::Token>(&secret);
    if (token == nullptr) {
        return refused(Fault::wrong_secret, {}, name, "the password is no Base64 or longer than 255 bytes");
    }
    Update update;
    update.proposal.token = *token;
    update.proposal.hosts.push_back(*host);
    const bool removes = request.path.ends_with("/cleanup");
    propose_challenge(update.proposal, removes ? ipc::TxtChange::remove : ipc::TxtChange::set, *value);
    update.echo.fqdn = std::move(*fqdn.value);
    update.echo.value = std::move(*text.value);
    return update;
}

/// acmeproxy in acme.sh looks for the value in the reply.
Reply reply_to_httpreq(const Update& update, const ipc::Settled& settled)
{
    const auto fault = fault_of(settled.hosts.front().verdict);
    const Echo& echo = update.echo;
    return fault ? json_refusal(*fault, {})
                 : json_reply(Status::ok, json_object({{"fqdn", echo.fqdn}, {"value", echo.value}}));
}

} // namespace

extern const Dialect httpreq{
    {"/present", "/cleanup"}, allows_post, false, true, nullptr, read_httpreq, reply_to_httpreq, json_refusal,
    ipc::Dialect::httpreq};

} // namespace http::dialects
