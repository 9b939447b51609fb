// The account with which an acme-dns client sets the challenge of a host. The reader prints it, and the
// keeper looks for its host.
#pragma once

#include "proto/dns/name.h"
#include "proto/ipc/challenge_account.h"

namespace common
{

/// Follows from the name of the host alone, in any case: the names of accounts are no secret, only their keys
/// are. Both are UUIDs of version 8 (RFC 9562 section 5.8), made from one SHA-256 digest.
ipc::ChallengeAccount challenge_account(const dns::Name& host) noexcept;

} // namespace common
