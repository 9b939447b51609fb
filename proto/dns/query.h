// A received message, parsed: a query, or the error to reply with.
//
// Choices that the RFCs leave open:
// - A compressed name in the question is FORMERR: only the header precedes it.
// - Records in the answer and authority sections are skipped, because some belong there (the SOA of an
//   IXFR). An OPT record among them is FORMERR (RFC 6891 section 6.1.1).
// - A message whose header claims more than 8 questions and records is FORMERR and is not read further: no
//   query has that many, and reading a full datagram of them would cost more than twenty answers. A message
//   with more than 40 labels in names other than that of its question is treated the same way, because
//   each label takes a step.
// - Only the first 8 options of an OPT record are read.
// - Bytes after the last record are ignored: no RFC forbids them, and BIND and the predecessor answer.
// - A TSIG record cannot be checked without keys. A client that signs expects a signed answer, so the query
//   is NOTIMP and never silently answered. A TSIG that is not the last record is FORMERR (RFC 8945
//   section 5.1).
// - The meaning of the sections is unknown for opcodes other than QUERY, so such a message is never FORMERR.
#pragma once

#include <optional>

#include "proto/base/bytes.h"
#include "proto/dns/edns.h"
#include "proto/dns/header.h"
#include "proto/dns/question.h"
#include "proto/dns/types.h"

namespace dns
{

/// It has views of the message, which must outlive it.
struct Query {
    Query() noexcept; // defined in query.cpp: a default in the class would zero the whole object first

    Header header;
    std::optional<Question> question; ///< empty if there is none, several, or a malformed one
    std::optional<Edns> edns;         ///< set if there is an OPT record in the additional section
    /// noerror: answer `question`; if there is none, the client only asks for a cookie (RFC 7873
    /// section 5.4). Otherwise the rcode to reply with.
    Rcode error = Rcode::noerror;
};

/// Empty if the message must get no reply: it has no complete header, or is a reply itself (RFC 1035
/// section 4.1.1).
std::optional<Query> read_query(Bytes message) noexcept;

} // namespace dns
