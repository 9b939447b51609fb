// The dialect of acme-dns: a POST to `/update` with the fields X-Api-User and X-Api-Key, and a JSON object
//   subdomain  with X-Api-User the account, two UUIDs
//   txt        the value to add
// The Content-Type is ignored: curl sends JSON as a form.
#include <array>
#include <optional>

#include "proto/base/text.h"
#include "proto/http/challenge.h"
#include "proto/http/dialects/rows.h"
#include "proto/http/json.h"

namespace http::dialects
{

namespace
{

using Uuid = std::array<std::uint8_t, 16>;

/// RFC 9562 section 4
std::optional<Uuid> parse_uuid(std::string_view text) noexcept
{
    constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
    Uuid uuid{};
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    std::size_t digits = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const int digit = base::hex_digit(text[i]);
        if (form[i] == '-' ? text[i] != '-' : digit < 0) {
            return std::nullopt;
        }
        if (form[i] != '-') {
            std::uint8_t& byte = uuid[digits++ / 2];
            byte = static_cast<std::uint8_t>(byte << 4 | digit);
        }
    }
    return uuid;
}

/// A GET, or a request without these fields, is of another dialect.
bool is_acme_dns(const Request& request, const Parameters& /*parameters*/)
{
    return request.api_user || request.api_key;
}

Reply refusal_of_acme_dns(Fault fault, std::string_view sentence)
{
    return fault == Fault::no_host ? json_refusal(Fault::wrong_secret, {}) : json_refusal(fault, sentence);
}

/// A bad value is told before the key is looked at, as acme-dns does it.
ReadResult read_acme_dns(const Request& request, const Parameters& /*parameters*/, const Client& /*client*/)
{
    std::array<JsonField, 2> fields{JsonField{"subdomain"}, JsonField{"txt"}};
    const auto& [subdomain, txt] = fields;
    if (const auto error = read_json(request.body, fields)) {
        return Refused{json_refusal(Fault::malformed, to_text(*error)), ""};
    }
    const auto value = challenge_value(txt.value.value_or(""));
    if (!value) {
        return Refused{json_refusal(Fault::bad_value, {}), "", "txt is not 43 characters of base64url"};
    }
    const auto user = parse_uuid(request.api_user.value_or(""));
    const auto account = parse_uuid(subdomain.value.value_or(""));
    auto key = base::Token::from(request.api_key.value_or(""));
    if (!user || !account || !key) {
        return Refused{json_refusal(Fault::wrong_secret, {}), "",
                       "X-Api-User or subdomain is no UUID, or X-Api-Key is empty or longer than 255 bytes"};
    }
    Update update;
    update.proposal.token = *key;
    update.proposal.account = ipc::ChallengeAccount{*user, *account};
    propose_challenge(update.proposal, ipc::TxtChange::set, *value);
    update.echo.value = *txt.value;
    return update;
}

Reply reply_to_acme_dns(const Update& update, const ipc::Settled& settled)
{
    const auto fault = fault_of(settled.hosts.front().verdict);
    return fault ? json_refusal(*fault, {})
                 : json_reply(Status::ok, json_object({{"txt", update.echo.value}}));
}

} // namespace

extern const Dialect acme_dns{
    {"/update"},         allows_post,           false, true, is_acme_dns, read_acme_dns, reply_to_acme_dns,
    refusal_of_acme_dns, ipc::Dialect::acme_dns};

} // namespace http::dialects
