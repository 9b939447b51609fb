// All names of the zone in one hash table: open addressing, every name once, no allocation a look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/bytes.h"

namespace zone
{

/// Numbers names from 0 in the order in which they were first inserted. A name is what stands before the
/// zone's apex, as wire octets in lower case without the root's: the apex itself is empty.
class NameTable
{
public:
    NameTable();

    /// The number of `name`, which is put in if it is not there. At most 254 octets.
    std::uint32_t insert(base::Bytes name);
    std::optional<std::uint32_t> find(base::Bytes name) const noexcept;
    /// `number`: less than size().
    base::Bytes name(std::uint32_t number) const noexcept;
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(entries_.size()); }

    /// Gives back what growing has left over.
    void shrink_to_fit();

private:
    struct Entry {
        std::uint32_t hash = 0;
        std::uint32_t offset = 0; ///< in names_
        std::uint8_t size = 0;
    };

    /// Where `name` is, or the free slot where it belongs.
    std::size_t slot_of(base::Bytes name, std::uint32_t hash) const noexcept;
    void grow();

    std::vector<std::uint32_t> slots_; ///< 0: free; else the entry's number plus 1. A power of two
    std::vector<Entry> entries_;
    std::vector<std::uint8_t> names_;
};

} // namespace zone
