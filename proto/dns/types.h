// The DNS numbers that this server uses. Any 16-bit value is a valid Type and Class: one without a name here
// is an unknown type or class (RFC 3597).
#pragma once

#include <cstdint>

namespace dns
{

enum class Type : std::uint16_t {
    a = 1,      // RFC 1035 section 3.2.2
    ns = 2,     // RFC 1035 section 3.2.2
    cname = 5,  // RFC 1035 section 3.2.2
    soa = 6,    // RFC 1035 section 3.2.2
    mx = 15,    // RFC 1035 section 3.2.2
    txt = 16,   // RFC 1035 section 3.2.2
    aaaa = 28,  // RFC 3596 section 2.1
    srv = 33,   // RFC 2782
    opt = 41,   // RFC 6891 section 6.1.1
    ds = 43,    // RFC 4034 section 5
    tsig = 250, // RFC 8945 section 4.1
    ixfr = 251, // RFC 1995 section 2
    axfr = 252, // RFC 1035 section 3.2.3
    any = 255,  // RFC 1035 section 3.2.3, RFC 8482
    caa = 257,  // RFC 8659 section 4
};

enum class Class : std::uint16_t {
    in = 1,    // RFC 1035 section 3.2.4
    any = 255, // RFC 1035 section 3.2.5
};

enum class Opcode : std::uint8_t {
    query = 0,  // RFC 1035 section 4.1.1
    notify = 4, // RFC 1996 section 3.3
    update = 5, // RFC 2136 section 2.2
};

/// Twelve bits: the lower four are in the header, the upper eight in the OPT record (RFC 6891 section 6.1.3).
enum class Rcode : std::uint16_t {
    noerror = 0,    // RFC 1035 section 4.1.1
    formerr = 1,    // RFC 1035 section 4.1.1
    servfail = 2,   // RFC 1035 section 4.1.1
    nxdomain = 3,   // RFC 1035 section 4.1.1
    notimp = 4,     // RFC 1035 section 4.1.1
    refused = 5,    // RFC 1035 section 4.1.1
    badvers = 16,   // RFC 6891 section 9
    badcookie = 23, // RFC 7873 section 8
};

enum class OptionCode : std::uint16_t {
    nsid = 3,            // RFC 5001 section 2.3
    cookie = 10,         // RFC 7873 section 8
    tcp_keepalive = 11,  // RFC 7828 section 3.1
    extended_error = 15, // RFC 8914 section 2
};

/// The UDP payload that every requestor accepts (RFC 1035 section 4.2.1). A smaller size in an OPT record is
/// treated as this one (RFC 6891 section 6.2.3).
inline constexpr std::uint16_t min_udp_bytes = 512;
/// The largest UDP payload sent and accepted: it fits an IPv6 packet of 1280 bytes (DNS flag day 2020,
/// RFC 9715).
inline constexpr std::uint16_t max_udp_bytes = 1232;
/// The largest TCP message: its length has two bytes (RFC 1035 section 4.2.2).
inline constexpr std::uint16_t max_tcp_bytes = 65535;

} // namespace dns
