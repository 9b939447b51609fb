// The offsets of a name's labels: they give a name's ancestors without walking through it again.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "proto/base/bytes.h"

namespace dns
{

/// Offsets in bytes from the start of the name. A set with one bit per byte: a name has at most 255 bytes
/// (RFC 1035 section 2.3.4).
class LabelStarts
{
public:
    /// Walks through the labels of the name at the start of `bytes`. Returns the size of the name in bytes;
    /// 0 if it is malformed, compressed, or too long.
    std::size_t walk(base::Bytes bytes) noexcept;

    /// Whether a label starts at this offset. The root's empty label counts.
    bool contains(std::size_t at) const noexcept { return (words_[at / bits] >> at % bits & 1) != 0; }
    /// The last label that starts before `at`; empty if there is none.
    std::optional<std::size_t> before(std::size_t at) const noexcept
    {
        std::size_t word = at / bits;
        std::uint64_t found = words_[word] & ((std::uint64_t{1} << at % bits) - 1);
        while (found == 0 && word > 0) {
            found = words_[--word];
        }
        if (found == 0) {
            return std::nullopt;
        }
        return word * bits + bits - 1 - static_cast<std::size_t>(std::countl_zero(found));
    }

private:
    static constexpr std::size_t bits = 64;

    std::array<std::uint64_t, 4> words_{};
};

} // namespace dns
