// The question of a query, left where it was received: a reply repeats it octet for octet, so that a
// resolver finds the case of its letters again (RFC 1035 section 4.1.2).
#pragma once

#include "proto/base/bytes.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace dns
{

struct Question {
    Bytes name; ///< wire form without compression: what stands before it is the header, no name
    Type type{};
    Class klass{};
    Bytes wire; ///< all of it, in the message

    static Question read(Reader& in) noexcept
    {
        const std::size_t start = in.position();
        Question question;
        question.name = Name::read_in_place(in);
        question.type = Type{in.u16()};
        question.klass = Class{in.u16()};
        if (in.ok()) {
            question.wire = in.whole().subspan(start, in.position() - start);
        }
        return question;
    }
};

} // namespace dns
