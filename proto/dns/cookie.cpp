#include "proto/dns/cookie.h"

#include <algorithm>

namespace dns
{

namespace
{

constexpr std::size_t stamp_octets = 8;
constexpr std::size_t hash_octets = 8;
constexpr std::uint8_t version = 1; // RFC 9018 section 4.1

/// In the same time wherever they differ.
bool is_same(const ServerCookie& left, base::Bytes right) noexcept
{
    constexpr std::size_t half = server_cookie_octets / 2;
    if (right.size() != left.size()) {
        return false;
    }
    const auto word = [](const std::uint8_t* octets) { return base::load<std::uint64_t>(octets); };
    const std::uint64_t difference =
        (word(left.data()) ^ word(right.data())) | (word(left.data() + half) ^ word(right.data() + half));
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
    std::array<std::uint8_t, CookieOption::client_octets + stamp_octets + sizeof(base::Address6)> hashed{};
    base::Writer input{hashed};
    input.bytes(query.client);
    input.u32(stamp.version_and_reserved);
    input.u32(stamp.time);
    if (client.is4()) {
        input.bytes(client.as4().octets);
    } else {
        input.bytes(client.as6().octets);
    }
    const std::uint64_t hash = base::siphash24(secret, input.written());

    ServerCookie cookie{};
    std::copy_n(hashed.begin() + CookieOption::client_octets, stamp_octets, cookie.begin());
    base::store<std::uint64_t, std::endian::little>(cookie.data() + stamp_octets, hash);
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
        return is_same(make(secret, query, client, *stamp), query.server);
    });
    if (!good) {
        return CookieWorth::none;
    }
    return age > static_cast<std::int32_t>(cookie_renewal) ? CookieWorth::renewed : CookieWorth::valid;
}

} // namespace dns
