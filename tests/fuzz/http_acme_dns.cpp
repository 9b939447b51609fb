// Properties: a request that was read changes one challenge of an account and no address, and is read again
// as the same when its account and value are written; the reply has the value; a refusal is an object with a
// known error and no word of success; `/register` is always closed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

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

struct Input {
    std::string user;
    std::string key;
    std::string body;
};

http::ReadResult read(const Input& input, std::string_view path = "/update")
{
    http::Request request;
    request.method = http::Method::post;
    request.path = path;
    request.api_user = input.user;
    request.api_key = input.key;
    request.body = input.body;
    return http::read_request(request, {});
}

std::string as_uuid(base::Bytes bytes)
{
    std::string text = base::to_hex(bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) {
        text.insert(at, 1, '-');
    }
    return text;
}

void check_update(const http::Update& update, const Input& input)
{
    const ipc::Propose& proposal = update.proposal;
    require(proposal.account && proposal.hosts.empty() && !proposal.changes_addresses());
    require(proposal.txt == ipc::TxtChange::set && base::as_text(proposal.token.bytes()) == input.key);
    const std::string value{proposal.value.begin(), proposal.value.end()};
    require(http::challenge_value(value).has_value() && update.echo.value == value);

    const std::string body =
        http::json_object({{"Txt", value}, {"SubDomain", as_uuid(proposal.account->subdomain)}});
    const auto result = read({as_uuid(proposal.account->user), input.key, body});
    const auto* again = std::get_if<http::Update>(&result);
    require(again != nullptr && again->proposal.account == proposal.account);
    require(again->proposal.value == proposal.value && again->echo.value == value);
    const auto reply = http::reply_to(update, http::settled_alike(proposal, ipc::Verdict::unchanged));
    require(reply.status == http::Status::ok && reply.body == http::json_object({{"txt", value}}));
}

void check_refusal(const http::Reply& reply)
{
    std::array<http::JsonField, 2> fields{http::JsonField{"error"}, http::JsonField{"detail"}};
    require(!http::read_json(reply.body, fields) && fields[0].value);
    require(fields[1].value.value_or("").size() <= 200);
    const std::array<std::string, 4> known{"forbidden", "bad_txt", "malformed_json_payload", "unavailable"};
    require(std::ranges::find(known, *fields[0].value) != known.end());
    const std::string lower = base::to_lower(http::serialise(reply));
    for (const char* word : {"ok", "good", "true", "success", "nochg", "updated", "unchanged"}) {
        require(lower.find(word) == std::string::npos);
    }
}

} // namespace

// Two lines are X-Api-User and X-Api-Key, the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view rest = base::as_text({data, size});
    const auto line = [&] {
        const std::string text{rest.substr(0, rest.find('\n'))};
        rest.remove_prefix(std::min(text.size() + 1, rest.size()));
        return text;
    };
    Input input;
    input.user = line();
    input.key = line();
    input.body = rest;
    const auto result = read(input);
    if (const auto* update = std::get_if<http::Update>(&result)) {
        check_update(*update, input);
    } else {
        check_refusal(std::get<http::Refused>(result).reply);
    }
    const auto closed = read(input, "/register");
    require(std::get<http::Refused>(closed).reply.status == http::Status::forbidden);
    return 0;
}
