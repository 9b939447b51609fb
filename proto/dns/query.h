// A received message: a query, or what is needed to say why it is none.
//
// How texts that leave a choice were read:
// - A question's name uses no compression: there is nothing but the header that it could point to.
// - Records in the answer and authority sections mean nothing in a query and are passed over, since some
//   (the SOA of an IXFR) belong there. An OPT record among them is FORMERR (RFC 6891 section 6.1.1).
// - A message that claims more than 8 questions and records is FORMERR and is not read any further: no query
//   has so many, and reading a full datagram of them would cost more than twenty answers. So is one
//   that has more than 40 labels in names beside that of its question: each is a step.
// - Of an OPT record the first 8 options count.
// - Bytes behind the last record are ignored: no RFC forbids them, BIND and the predecessor answer.
// - A TSIG record cannot be checked without keys. Whoever signs expects a signed answer, so the query is
//   NOTIMP and never silently answered; a TSIG that is not the last record is FORMERR (RFC 8945
//   section 5.1).
// - What an opcode other than QUERY means by its sections is unknown, so nothing in it is FORMERR.
#pragma once

#include <optional>

#include "proto/base/bytes.h"
#include "proto/dns/edns.h"
#include "proto/dns/header.h"
#include "proto/dns/question.h"
#include "proto/dns/types.h"

namespace dns
{

/// It looks into the message, so it lives no longer than that.
struct Query {
    Query() noexcept; // not defaulted here: then it would be cleared first, with all that is not there

    Header header;
    std::optional<Question> question; ///< nothing where there is none, several, or it cannot be read
    std::optional<Edns> edns;         ///< where there is an OPT record in the additional section
    /// noerror: `question` is to be answered, or there is none and a cookie is all that is asked for
    /// (RFC 7873 section 5.4). Otherwise what to answer instead.
    Rcode error = Rcode::noerror;
};

/// Nothing for what must get no reply: less than a header, or a reply itself (RFC 1035 section 4.1.1).
std::optional<Query> read_query(Bytes message) noexcept;

} // namespace dns
