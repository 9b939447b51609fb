// The question of a query, left where it was received: a reply repeats it byte for byte, so that a
// resolver finds the case of its letters again (RFC 1035 section 4.1.2).
#pragma once

#include "proto/base/bytes.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace dns
{

/// As it was read, if that did not fail.
struct Question {
    Bytes name; ///< wire form without compression: what stands before it is the header, no name
    LabelStarts labels;
    Type type{};
    Class klass{};

    /// All of it, in the message.
    Bytes wire() const noexcept { return {name.data(), name.size() + sizeof type + sizeof klass}; }

    void read(Reader& in) noexcept
    {
        name = Name::read_in_place(in, labels);
        type = Type{in.u16()};
        klass = Class{in.u16()};
    }
};

} // namespace dns
