// Properties: a request that was read changes one challenge of one host and no address, and is read again as
// the same when its name and value are written; the reply has what was sent; a refusal is an object with a
// known error and no word of success.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/base64.h"
#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/challenge.h"
#include "proto/http/dialect.h"
#include "proto/http/json.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

http::ReadResult read(std::string_view path, const std::string& authorization, const std::string& body)
{
    http::Request request;
    request.method = http::Method::post;
    request.path = path;
    request.authorization = authorization;
    request.body = body;
    return http::read_request(request, {});
}

void check_update(const http::Update& update, bool removes)
{
    const ipc::Propose& proposal = update.proposal;
    require(!proposal.account && proposal.hosts.size() == 1 && !proposal.changes_addresses());
    require(proposal.txt == (removes ? ipc::TxtChange::remove : ipc::TxtChange::set));
    require(!proposal.token.empty() && !proposal.hosts.front().is_root());
    const std::string value{proposal.value.begin(), proposal.value.end()};
    require(update.echo.value == value && http::challenge_value(value).has_value());
    require(base::equal_ignoring_case(update.echo.fqdn.substr(0, 16), "_acme-challenge."));

    const std::string body = http::json_object({{"VALUE", value}, {"fqdn", update.echo.fqdn}});
    const std::string pair = "u:" + std::string{base::as_text(proposal.token.bytes())};
    const auto result = read(removes ? "/x/cleanup" : "/x/present",
                             "basic " + base::to_base64(base::as_bytes(pair), base::Base64::standard), body);
    const auto* again = std::get_if<http::Update>(&result);
    require(again != nullptr && again->proposal.hosts == proposal.hosts &&
            again->proposal.txt == proposal.txt);
    require(again->proposal.value == proposal.value && again->echo.fqdn == update.echo.fqdn);
    require(base::as_text(again->proposal.token.bytes()) == base::as_text(proposal.token.bytes()));
    const auto reply = http::reply_to(update, http::settled_alike(proposal, ipc::Verdict::committed));
    require(reply.body == http::json_object({{"fqdn", update.echo.fqdn}, {"value", value}}));
}

void check_refusal(const http::Reply& reply)
{
    std::array<http::JsonField, 2> fields{http::JsonField{"error"}, http::JsonField{"detail"}};
    require(!http::read_json(reply.body, fields) && fields[0].value);
    require(fields[1].value.value_or("").size() <= 200);
    const std::array<std::string, 5> known{"forbidden", "bad_txt", "bad_fqdn", "malformed_json_payload",
                                           "unavailable"};
    require(std::ranges::find(known, *fields[0].value) != known.end());
    const std::string lower = base::to_lower(http::serialise(reply));
    for (const char* word : {"ok", "good", "true", "success", "nochg", "updated", "unchanged"}) {
        require(lower.find(word) == std::string::npos);
    }
}

} // namespace

// The first line is Authorization, the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    const std::string authorization{text.substr(0, text.find('\n'))};
    const std::string body{text.substr(std::min(authorization.size() + 1, size))};
    for (const bool removes : {false, true}) {
        const auto result = read(removes ? "/cleanup" : "/present", authorization, body);
        if (const auto* update = std::get_if<http::Update>(&result)) {
            check_update(*update, removes);
        } else {
            check_refusal(std::get<http::Refused>(result).reply);
        }
    }
    return 0;
}
