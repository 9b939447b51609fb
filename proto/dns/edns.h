// The OPT record: EDNS version 0 (RFC 6891).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "proto/base/bytes.h"
#include "proto/dns/cookie.h"
#include "proto/dns/types.h"

namespace dns
{

/// The number of options read from one record. Clients send three or four; more are an attack on our CPU
/// time.
inline constexpr unsigned max_options = 8;

/// Calls `take(code, data)` for each of the first max_options options, in order. False if an option is longer
/// than the rest of the data (RFC 6891 section 6.1.2); the options before it were passed to `take`.
template <typename Take>
bool for_each_option(base::Bytes options, Take take)
{
    constexpr std::size_t head_bytes = 4; // code and length
    for (unsigned i = 0; i < max_options && !options.empty(); ++i) {
        const std::size_t size =
            options.size() < head_bytes ? options.size() : base::load<std::uint16_t>(&options[2]);
        if (options.size() < head_bytes + size) {
            return false;
        }
        take(base::load<std::uint16_t>(&options[0]), options.subspan(head_bytes, size));
        options = options.subspan(head_bytes + size);
    }
    return true;
}

/// A query's OPT record.
struct Edns {
    static constexpr std::uint8_t version_spoken = 0;
    static constexpr std::uint16_t do_bit = 0x8000; // RFC 3225 section 3

    std::uint16_t udp_size = min_udp_bytes; ///< at least 512 (RFC 6891 section 6.2.3)
    std::uint8_t version = 0;
    bool dnssec_ok = false;
    bool asks_nsid = false;      ///< RFC 5001 section 2.1
    bool asks_keepalive = false; ///< RFC 7828 section 3.2.1
    bool cookie_is_malformed = false;
    std::optional<CookieOption> cookie; ///< the first one (RFC 7873 section 5.2)

    /// Reads an OPT record's fields. Returns NOERROR, BADVERS or FORMERR.
    Rcode read(std::uint16_t klass, std::uint32_t ttl, base::Bytes data) noexcept;
};

/// The options of a reply's OPT record.
struct ReplyOptions {
    static constexpr std::size_t max_nsid_bytes = 64;

    std::optional<std::pair<std::array<std::uint8_t, CookieOption::client_bytes>, ServerCookie>> cookie;
    base::Bytes nsid;                       ///< empty: none; at most max_nsid_bytes
    std::optional<std::uint16_t> keepalive; ///< in units of 100 ms (RFC 7828 section 3.1)

    /// The size of the whole OPT record in a reply with this rcode.
    std::size_t record_bytes(Rcode rcode = Rcode::noerror) const noexcept;
};

/// Writes an OPT record with the upper eight bits of `rcode`, and an extended error if it is REFUSED
/// (RFC 8914). The DO bit is copied from the query, other bits are not (RFC 6891 section 6.1.4).
void write_opt(base::Writer& out, Rcode rcode, bool dnssec_ok, const ReplyOptions& options) noexcept;

} // namespace dns
