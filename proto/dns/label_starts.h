// Where the labels of a name begin, for who wants to know what is above it without walking through it again.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "proto/base/bytes.h"

namespace dns
{

/// In bytes from where the name begins. One bit a byte, as a name has no more than 255 (RFC 1035 section
/// 2.3.4).
class LabelStarts
{
public:
    /// Goes from label to label of the name that `bytes` begin with. Returns how many bytes it has; 0 if it
    /// is malformed, compressed, or too long.
    std::size_t walk(base::Bytes bytes) noexcept;

    /// Whether a label begins there; the root's is one.
    bool contains(std::size_t at) const noexcept { return (words_[at / bits] >> at % bits & 1) != 0; }
    /// The last one before `at`; nothing where that is the first.
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
