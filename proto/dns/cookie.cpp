#include "proto/dns/cookie.h"

#include <algorithm>

namespace dns
{

namespace
{

constexpr std::size_t hash_octets = 8;
constexpr std::uint8_t version = 1; // RFC 9018 section 4.1

bool equal_in_constant_time(base::Bytes left, base::Bytes right) noexcept
{
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        difference |= static_cast<unsigned>(left[i] ^ right[i]);
    }
    return difference == 0;
}

/// What stands in front of the hash: version, reserved octets, time.
struct Stamp {
    std::uint32_t version_and_reserved = 0;
    CookieTime time = 0;
};

/// Nothing where the cookie has another form or version. The reserved octets may be anything that the hash
/// covers (RFC 9018 section 4.2): another maker's may not be zero.
std::optional<Stamp> stamp_of(base::Bytes cookie) noexcept
{
    base::Reader in{cookie};
    const Stamp stamp{in.u32(), in.u32()};
    in.take(hash_octets);
    return in.finished() && stamp.version_and_reserved >> 24 == version ? std::optional{stamp} : std::nullopt;
}

ServerCookie make(const base::SipKey& secret, const CookieOption& query, const base::Address& client,
                  const Stamp& stamp) noexcept
{
    std::array<std::uint8_t, CookieOption::client_octets + 8 + 16> hashed{};
    base::Writer input{hashed};
    input.bytes(query.client);
    input.u32(stamp.version_and_reserved);
    input.u32(stamp.time);
    if (client.is4()) {
        input.bytes(client.as4().octets);
    } else {
        input.bytes(client.as6().octets);
    }
    std::uint64_t hash = base::siphash24(secret, input.written());

    ServerCookie cookie{};
    std::copy_n(hashed.begin() + CookieOption::client_octets, hash_octets, cookie.begin());
    for (std::size_t i = hash_octets; i < cookie.size(); ++i, hash >>= 8) {
        cookie[i] = static_cast<std::uint8_t>(hash); // lowest octet first
    }
    return cookie;
}

/// `now - time` as a signed distance: RFC 1982 arithmetic.
std::int32_t age_of(CookieTime time, CookieTime now) noexcept
{
    return static_cast<std::int32_t>(now - time);
}

} // namespace

std::optional<CookieOption> CookieOption::read(base::Bytes option) noexcept
{
    const bool has_server = option.size() >= client_octets + min_server_octets &&
                            option.size() <= client_octets + max_server_octets;
    if (option.size() != client_octets && !has_server) {
        return std::nullopt;
    }
    CookieOption cookie;
    std::copy_n(option.begin(), client_octets, cookie.client.begin());
    cookie.server = option.subspan(client_octets);
    return cookie;
}

ServerCookie make_server_cookie(const base::SipKey& secret, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept
{
    return make(secret, query, client, {std::uint32_t{version} << 24, now});
}

CookieWorth check_server_cookie(std::span<const base::SipKey> secrets, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept
{
    const auto stamp = stamp_of(query.server);
    if (!stamp) {
        return CookieWorth::none;
    }
    const std::int32_t age = age_of(stamp->time, now);
    if (age > static_cast<std::int32_t>(cookie_lifetime) ||
        age < -static_cast<std::int32_t>(cookie_clock_skew)) {
        return CookieWorth::none;
    }
    const bool good = std::any_of(secrets.begin(), secrets.end(), [&](const base::SipKey& secret) {
        return equal_in_constant_time(make(secret, query, client, *stamp), query.server);
    });
    if (!good) {
        return CookieWorth::none;
    }
    return age > static_cast<std::int32_t>(cookie_renewal) ? CookieWorth::renewed : CookieWorth::valid;
}

} // namespace dns
