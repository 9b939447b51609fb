// DNS cookies (RFC 7873) with the interoperable server cookie of RFC 9018: servers that share a secret accept
// each other's cookies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/siphash.h"

namespace dns
{

/// The COOKIE option of a query.
struct CookieOption {
    static constexpr std::size_t client_bytes = 8;      // RFC 7873 section 4
    static constexpr std::size_t min_server_bytes = 8;  // RFC 7873 section 4
    static constexpr std::size_t max_server_bytes = 32; // RFC 7873 section 4

    std::array<std::uint8_t, client_bytes> client{};
    base::Bytes server; ///< in the message; empty if the client has no server cookie yet

    /// Empty if the option has an invalid length (RFC 7873 section 5.2.2).
    static std::optional<CookieOption> read(base::Bytes option) noexcept;
};

/// The result of checking a server cookie.
enum class CookieStatus : std::uint8_t {
    none = 1,          ///< there is none, it was not made for this client, or it is too old
    valid = 2,         ///< the client's address is not spoofed
    needs_renewal = 3, ///< valid, but the reply must carry a new one
};

/// Seconds since 1970 modulo 2^32, compared in serial arithmetic (RFC 9018 section 4.3).
using CookieTime = std::uint32_t;

// In seconds; RFC 9018 section 4.3.
inline constexpr CookieTime cookie_lifetime = 3600;
inline constexpr CookieTime cookie_clock_skew = 300; // how far in the future a cookie may be
inline constexpr CookieTime cookie_renewal = 1800;   // the age from which a cookie is renewed

inline constexpr std::size_t server_cookie_bytes = 16;
using ServerCookie = std::array<std::uint8_t, server_cookie_bytes>;

/// RFC 9018 section 4: version 1, three bytes of zero, the time, SipHash-2-4.
ServerCookie make_server_cookie(const base::SipKey& secret, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept;

/// Checks the cookie against each of `secrets`, in constant time.
CookieStatus check_server_cookie(std::span<const base::SipKey> secrets, const CookieOption& query,
                                 const base::Address& client, CookieTime now) noexcept;

} // namespace dns
