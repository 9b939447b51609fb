// The question of a query: a view of the received message. A reply repeats it byte for byte, because a
// resolver may check the case of its letters (RFC 1035 section 4.1.2).
#pragma once

#include "proto/base/bytes.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace dns
{

/// The fields are valid only if read() did not make the reader fail.
struct Question {
    Bytes name; ///< in wire form, never compressed: only the header precedes it
    LabelStarts labels;
    Type type{};
    Class klass{};

    /// Name, type and class, in the message.
    Bytes wire() const noexcept { return {name.data(), name.size() + sizeof type + sizeof klass}; }

    void read(Reader& in) noexcept
    {
        name = Name::read_in_place(in, labels);
        type = Type{in.u16()};
        klass = Class{in.u16()};
    }
};

} // namespace dns
