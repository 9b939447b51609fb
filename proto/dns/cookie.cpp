#include "proto/dns/cookie.h"

#include <algorithm>

namespace dns
{

namespace
{

constexpr std::size_t stamp_bytes = 8; // before the hash: version, reserved bytes, time
constexpr std::size_t time_at = 4;
constexpr std::uint8_t version = 1; // RFC 9018 section 4.1

/// RFC 9018 section 4.4. `stamp` must have stamp_bytes bytes.
std::uint64_t hash_of(const base::SipKey& secret, const CookieOption& query, const std::uint8_t* stamp,
                      const base::Address& client) noexcept
{
    base::SipHash24 hash{secret};
    hash.take(query.client.data());
    hash.take(stamp);
    return hash.finish(client.bytes());
}

/// `now - time` in seconds, in the arithmetic of RFC 1982; negative if `time` is in the future.
std::int32_t age_of(CookieTime time, CookieTime now) noexcept
{
    return static_cast<std::int32_t>(now - time);
}

} // namespace

std::optional<CookieOption> CookieOption::read(base::Bytes option) noexcept
{
    const bool has_server =
        option.size() >= client_bytes + min_server_bytes && option.size() <= client_bytes + max_server_bytes;
    if (option.size() != client_bytes && !has_server) {
        return std::nullopt;
    }
    CookieOption cookie;
    std::copy_n(option.begin(), client_bytes, cookie.client.begin());
    cookie.server = option.subspan(client_bytes);
    return cookie;
}

ServerCookie make_server_cookie(const base::SipKey& secret, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept
{
    ServerCookie cookie{version};
    base::store(&cookie[time_at], now);
    base::store<std::uint64_t, std::endian::little>(&cookie[stamp_bytes],
                                                    hash_of(secret, query, cookie.data(), client));
    return cookie;
}

/// The reserved bytes are not checked, but the hash covers them: other servers may set them (RFC 9018
/// section 4.2).
CookieStatus check_server_cookie(std::span<const base::SipKey> secrets, const CookieOption& query,
                                 const base::Address& client, CookieTime now) noexcept
{
    const base::Bytes cookie = query.server;
    if (cookie.size() != server_cookie_bytes || cookie[0] != version) {
        return CookieStatus::none;
    }
    const std::int32_t age = age_of(base::load<CookieTime>(&cookie[time_at]), now);
    if (age > static_cast<std::int32_t>(cookie_lifetime) ||
        age < -static_cast<std::int32_t>(cookie_clock_skew)) {
        return CookieStatus::none;
    }
    // compared as one number: constant time
    const auto hash = base::load<std::uint64_t, std::endian::little>(&cookie[stamp_bytes]);
    const bool good = std::ranges::any_of(secrets, [&](const base::SipKey& secret) {
        return hash_of(secret, query, cookie.data(), client) == hash;
    });
    if (!good) {
        return CookieStatus::none;
    }
    return age > static_cast<std::int32_t>(cookie_renewal) ? CookieStatus::needs_renewal
                                                           : CookieStatus::valid;
}

} // namespace dns
