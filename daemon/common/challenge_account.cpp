#include "daemon/common/challenge_account.h"

#include <algorithm>
#include <string_view>

#include "daemon/common/token_digest.h"
#include "proto/base/bytes.h"

namespace common
{

namespace
{

/// Never changed: the accounts of all clients follow from it.
constexpr std::string_view label = "nanodnsd acme-dns account";

/// RFC 9562 sections 4.1 and 4.2: the variant and the version replace six bits.
void make_uuid(std::array<std::uint8_t, 16>& bytes) noexcept
{
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x80);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
}

} // namespace

ipc::ChallengeAccount challenge_account(const dns::Name& host) noexcept
{
    const ipc::Digest digest = common::digest(base::as_bytes(label), host.lowered().wire());
    ipc::ChallengeAccount account;
    std::copy_n(digest.begin(), account.user.size(), account.user.begin());
    std::copy_n(digest.begin() + account.user.size(), account.subdomain.size(), account.subdomain.begin());
    make_uuid(account.user);
    make_uuid(account.subdomain);
    return account;
}

} // namespace common
