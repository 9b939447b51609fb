// ACME challenges in requests (RFC 8555 section 8.4), and the refusals of the dialects that speak JSON.
#pragma once

#include <optional>
#include <string_view>

#include "proto/http/dialect.h"
#include "proto/http/reply.h"
#include "proto/ipc/update.h"

namespace http
{

/// 43 characters of base64url, the digest of a key authorization; none if the text is anything else.
std::optional<ipc::ChallengeValue> challenge_value(std::string_view text) noexcept;

/// Makes the proposal one that changes TXT records alone.
void propose_challenge(ipc::Propose& proposal, ipc::TxtChange change,
                       const ipc::ChallengeValue& value) noexcept;

/// What the verdict on a challenge is for its client; none if it is a success.
std::optional<Fault> fault_of(ipc::Verdict verdict) noexcept;

/// A refusal in the words of acme-dns, which its clients know: `{"error":"bad_txt"}`. A sentence is a second
/// member, `detail` (the name is that of RFC 9457 section 3.1.4).
Reply json_refusal(Fault fault, std::string_view sentence);

} // namespace http
