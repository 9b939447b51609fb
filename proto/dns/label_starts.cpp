#include "proto/dns/label_starts.h"

#include <algorithm>

#include "proto/dns/name.h"

namespace dns
{

std::size_t LabelStarts::walk(base::Bytes bytes) noexcept
{
    const std::size_t most = std::min(bytes.size(), Name::max_wire_bytes);
    std::size_t at = 0;
    std::uint64_t bit = 1;
    for (std::size_t word = 0; word < words_.size(); ++word) {
        const std::size_t end = std::min(most, (word + 1) * bits);
        std::uint64_t found = 0; // in a register: the next label does not depend on a store
        while (at < end) {
            found |= bit;
            const std::size_t length = bytes[at];
            if (length - 1 >= Name::max_label_bytes) { // true for the root too: 0 - 1 wraps
                words_[word] = found;
                return length == 0 ? at + 1 : 0;
            }
            at += length + 1;
            bit = std::rotl(bit, static_cast<int>(length + 1));
        }
        words_[word] = found;
    }
    return 0;
}

} // namespace dns
