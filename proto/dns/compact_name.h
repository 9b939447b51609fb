// A domain name that uses only as much memory as it has bytes.
#pragma once

#include <string>

#include "proto/base/bytes.h"
#include "proto/dns/name.h"

namespace dns
{

/// For tables with one name per host: a Name has room for the longest name. The default is the root.
class CompactName
{
public:
    CompactName() = default;
    explicit CompactName(const Name& name) : bytes_(base::as_text(name.wire())) {}

    /// Appends `apex`. If the name would be longer than a name may be, returns false and changes nothing.
    bool append(const Name& apex)
    {
        const std::size_t below = bytes_.size() - 1; // without the root's zero byte
        if (below + apex.wire().size() > Name::max_wire_bytes) {
            return false;
        }
        bytes_.replace(below, 1, base::as_text(apex.wire()));
        return true;
    }

    Name get() const noexcept
    {
        base::Reader in{wire()};
        return Name::read(in, Compression::forbidden);
    }
    Bytes wire() const noexcept { return base::as_bytes(bytes_); }
    /// The first label's bytes; empty for the root.
    Bytes first_label() const noexcept { return wire().subspan(1, wire()[0]); }
    std::string to_text() const { return get().to_text(); }

private:
    std::string bytes_ = std::string(1, '\0');
};

} // namespace dns
