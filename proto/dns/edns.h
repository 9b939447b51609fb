// The OPT record: EDNS version 0 (RFC 6891).
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/dns/types.h"

namespace dns
{

/// What a query's OPT record says.
struct Edns {
    static constexpr std::uint8_t version_spoken = 0;
    static constexpr std::uint16_t do_bit = 0x8000; // RFC 3225 section 3

    std::uint16_t udp_size = min_udp_octets; ///< at least 512 (RFC 6891 section 6.2.3)
    std::uint8_t version = 0;
    bool dnssec_ok = false;
    base::Bytes options; ///< the RDATA, in the message; options_are_whole() tells whether it can be walked

    static Edns from_record(std::uint16_t klass, std::uint32_t ttl, base::Bytes data) noexcept
    {
        const std::uint16_t size = klass < min_udp_octets ? min_udp_octets : klass;
        return {size, static_cast<std::uint8_t>(ttl >> 16), (ttl & do_bit) != 0, data};
    }
};

/// Calls `take(code, data)` for each option in order; false where one is cut off by the end
/// (RFC 6891 section 6.1.2), after those before it were taken.
template <typename Take>
bool for_each_option(base::Bytes options, Take take)
{
    base::Reader in{options};
    while (in.left() != 0) {
        const std::uint16_t code = in.u16();
        const base::Bytes data = in.take(in.u16());
        if (in.ok()) {
            take(code, data);
        }
    }
    return in.finished();
}

inline bool options_are_whole(base::Bytes options) noexcept
{
    return for_each_option(options, [](std::uint16_t /*code*/, base::Bytes /*data*/) {});
}

/// Octets of the OPT record of a reply that carries no options.
inline constexpr std::size_t opt_octets = 11;

/// `rcode`: the record has its upper eight bits. The DO bit is copied, other bits are not
/// (RFC 6891 section 6.1.4).
inline void write_opt(base::Writer& out, Rcode rcode, bool dnssec_ok) noexcept
{
    out.u8(0); // the root
    out.u16(static_cast<std::uint16_t>(Type::opt));
    out.u16(max_udp_octets);
    out.u8(static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4));
    out.u8(Edns::version_spoken);
    out.u16(dnssec_ok ? Edns::do_bit : std::uint16_t{0});
    out.u16(0);
}

} // namespace dns
