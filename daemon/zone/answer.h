// What the zone answers: RFC 1034 section 4.3.2, for UDP and TCP alike.
//
// How texts that leave a choice were read:
// - ANY over UDP gets one RRset (RFC 8482 section 4.1), all of them with `any=all` and over TCP, where
//   nobody's address can be forged.
// - QCLASS ANY is answered from class IN without AA: there may be other classes that we know nothing of
//   (RFC 1035 section 6.2). The predecessor answered it too.
// - AXFR and IXFR are REFUSED. Other types that are no type of data (0, OPT, TKEY, TSIG, MAILB, MAILA)
//   are answered like any type that is not there: no error helps anybody more (RFC 8906 section 3.1.2).
// - DS at a delegation is answered here, DS below one is not (RFC 4035 section 3.1.4.1).
// - The addresses of name servers, mail exchangers and services that are names of the zone are added where
//   they fit; only a referral is truncated without them, where it has no use then (RFC 9471 section 3.1).
// - A signed query is answered NOTIMP: there are no keys that it could name.
// - Where the SOA of a negative answer does not fit, the reply is truncated: without it a resolver cannot
//   keep the answer (RFC 2308 section 5).
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
    base::Bytes message; ///< in the room given
    dns::Rcode rcode = dns::Rcode::noerror;
    bool truncated = false;
    bool empty = false; ///< NOERROR without records in the answer section, and no referral
    bool referral = false;
};

/// The whole reply to `query`, errors included, with `options` where the query has an OPT record. `room`: at
/// least 512 bytes. Allocates nothing.
Reply answer(const Zone& zone, const dns::Query& query, Transport transport, base::MutableBytes room,
             const dns::ReplyOptions& options = {}) noexcept;

/// A reply without records that sends a client to TCP, for what rate limiting holds back.
Reply truncated_answer(const dns::Query& query, base::MutableBytes room,
                       const dns::ReplyOptions& options = {}) noexcept;

} // namespace zone
