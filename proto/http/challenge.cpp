#include "proto/http/challenge.h"

#include <algorithm>

#include "proto/base/text.h"
#include "proto/http/json.h"

namespace http
{

namespace
{

struct Words {
    Status status;
    std::string_view error;
};

Words words_of(Fault fault) noexcept
{
    switch (fault) {
    case Fault::no_secret:
    case Fault::wrong_secret:
    case Fault::outside_zone:
        return {Status::unauthorized, "forbidden"};
    case Fault::no_host:
        return {Status::bad_request, "bad_fqdn"};
    case Fault::bad_value:
        return {Status::bad_request, "bad_txt"};
    case Fault::unavailable:
        return {Status::unavailable, "unavailable"};
    case Fault::too_many_hosts:
    case Fault::bad_address:
    case Fault::malformed:
        break;
    }
    return {Status::bad_request, "malformed_json_payload"};
}

} // namespace

std::optional<ipc::ChallengeValue> challenge_value(std::string_view text) noexcept
{
    ipc::ChallengeValue value{};
    const auto is_digit = [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_';
    };
    if (text.size() != value.size() || !std::ranges::all_of(text, is_digit)) {
        return std::nullopt;
    }
    std::ranges::copy(text, value.begin());
    return value;
}

void propose_challenge(ipc::Propose& proposal, ipc::TxtChange change,
                       const ipc::ChallengeValue& value) noexcept
{
    proposal.txt = change;
    proposal.value = value;
    proposal.ipv4.change = ipc::Change::keep;
    proposal.ipv6.change = ipc::Change::keep;
    proposal.prefix.change = ipc::Change::keep;
}

std::optional<Fault> fault_of(ipc::Verdict verdict) noexcept
{
    switch (verdict) {
    case ipc::Verdict::committed:
    case ipc::Verdict::unchanged:
        return std::nullopt;
    case ipc::Verdict::refused:
        return Fault::wrong_secret;
    case ipc::Verdict::outside_zone:
        return Fault::outside_zone;
    case ipc::Verdict::unsuitable:
        return Fault::bad_address;
    case ipc::Verdict::unavailable:
        break;
    }
    return Fault::unavailable;
}

Reply json_refusal(Fault fault, std::string_view sentence)
{
    const auto [status, error] = words_of(fault);
    return json_reply(status, sentence.empty() ? json_object({{"error", error}})
                                               : json_object({{"error", error}, {"detail", sentence}}));
}

} // namespace http
