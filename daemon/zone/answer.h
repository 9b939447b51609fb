// Answers a query from the zone: RFC 1034 section 4.3.2, for UDP and TCP.
//
// Choices made where the standards leave one:
// - ANY over UDP gets one RRset (RFC 8482 section 4.1); with `any=all`, and over TCP, where addresses cannot
//   be forged, it gets all of them.
// - QCLASS ANY is answered from class IN without AA: there may be other classes, of which this server knows
//   nothing (RFC 1035 section 6.2). The predecessor answered it too.
// - AXFR and IXFR are REFUSED. Other types that are not data types (0, OPT, TKEY, TSIG, MAILB, MAILA) are
//   answered like any type without records: an error would not help a client more (RFC 8906 section 3.1.2).
// - DS at a delegation is answered here, DS below a delegation is not (RFC 4035 section 3.1.4.1).
// - The addresses of name servers, mail exchangers and SRV targets in the zone are added if they fit. Only a
//   referral is truncated if they do not fit, since it is useless without them (RFC 9471 section 3.1).
// - A signed query is answered NOTIMP: there are no keys.
// - If the SOA of a negative answer does not fit, the reply is truncated: without it a resolver cannot cache
//   the answer (RFC 2308 section 5).
#pragma once

#include <cstdint>

#include "daemon/zone/zone.h"
#include "proto/base/bytes.h"
#include "proto/dns/query.h"
#include "proto/dns/reply.h"

namespace zone
{

enum class Transport : std::uint8_t { udp = 1, tcp = 2 };

struct Reply {
    base::Bytes message; ///< in `room`
    dns::Rcode rcode = dns::Rcode::noerror;
    bool truncated = false;
    bool empty = false; ///< NOERROR without records in the answer section, and no referral
    bool referral = false;
};

/// The whole reply to `query`, also if that is an error. `options` are added if the query has an OPT record.
/// `room`: at least 512 bytes. Allocates nothing.
Reply answer(const Zone& zone, const dns::Query& query, Transport transport, base::MutableBytes room,
             const dns::ReplyOptions& options = {}) noexcept;

/// A reply without records that makes a client retry over TCP. Rate limiting uses it.
Reply truncated_answer(const dns::Query& query, base::MutableBytes room,
                       const dns::ReplyOptions& options = {}) noexcept;

} // namespace zone
