// DNS cookies (RFC 7873) with the interoperable server cookie of RFC 9018, which any server that shares the
// secret makes and checks alike.
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

/// What a COOKIE option in a query says.
struct CookieOption {
    static constexpr std::size_t client_bytes = 8;      // RFC 7873 section 4
    static constexpr std::size_t min_server_bytes = 8;  // RFC 7873 section 4
    static constexpr std::size_t max_server_bytes = 32; // RFC 7873 section 4

    std::array<std::uint8_t, client_bytes> client{};
    base::Bytes server; ///< in the message; empty where the client has none yet

    /// Nothing where the option has a length that none can have (RFC 7873 section 5.2.2).
    static std::optional<CookieOption> read(base::Bytes option) noexcept;
};

/// What a server cookie is worth.
enum class CookieWorth : std::uint8_t {
    none = 1,    ///< there is none, or one that we did not make for this client, or it is too old
    valid = 2,   ///< the client is who it says
    renewed = 3, ///< the same, but it is time for a fresh one
};

/// Seconds since 1970 modulo 2^32, compared in serial arithmetic (RFC 9018 section 4.3).
using CookieTime = std::uint32_t;

inline constexpr CookieTime cookie_lifetime = 3600;  // RFC 9018 section 4.3: an hour back
inline constexpr CookieTime cookie_clock_skew = 300; // RFC 9018 section 4.3: five minutes ahead
inline constexpr CookieTime cookie_renewal = 1800;   // RFC 9018 section 4.3: half an hour

inline constexpr std::size_t server_cookie_bytes = 16;
using ServerCookie = std::array<std::uint8_t, server_cookie_bytes>;

/// RFC 9018 section 4: version 1, three bytes of zero, the time, SipHash-2-4.
ServerCookie make_server_cookie(const base::SipKey& secret, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept;

/// Checks against each of `secrets`; the comparison takes the same time wherever two cookies differ.
CookieWorth check_server_cookie(std::span<const base::SipKey> secrets, const CookieOption& query,
                                const base::Address& client, CookieTime now) noexcept;

} // namespace dns
