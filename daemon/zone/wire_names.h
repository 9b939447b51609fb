// Names as octets in lower case: what a look-up works on, without a copy of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/dns/name.h"

namespace zone
{

using Folded = std::array<std::uint8_t, dns::Name::max_wire_octets>;

/// `name` in lower case. Length octets are below 'A', so folding every octet leaves them alone.
inline base::Bytes fold(base::Bytes name, Folded& into) noexcept
{
    std::transform(name.begin(), name.end(), into.begin(),
                   [](std::uint8_t octet) { return base::lower(octet); });
    return base::Bytes{into}.first(name.size());
}

/// Whether `name`, both in lower case, ends with `apex` at a label boundary.
inline bool ends_with(base::Bytes name, base::Bytes apex) noexcept
{
    if (name.size() < apex.size()) {
        return false;
    }
    const std::size_t boundary = name.size() - apex.size();
    std::size_t at = 0;
    while (at < boundary) {
        at += 1U + name[at];
    }
    return at == boundary &&
           std::equal(apex.begin(), apex.end(), name.begin() + static_cast<std::ptrdiff_t>(at));
}

/// `below_apex`: without the root's octet.
inline std::size_t labels(base::Bytes below_apex) noexcept
{
    std::size_t count = 0;
    for (; !below_apex.empty(); below_apex = below_apex.subspan(1U + below_apex[0])) {
        ++count;
    }
    return count;
}

} // namespace zone
