// Comparison and hashing of names in wire form, ignoring case. A lookup works on the name in the query
// without copying it, eight bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"

namespace zone
{

/// base::lower() for eight bytes at once. Length bytes are below 'A', so folding every byte of a name leaves
/// them unchanged.
constexpr std::uint64_t lower_eight(std::uint64_t bytes) noexcept
{
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t top_bits = 0x80 * each;
    const std::uint64_t low = bytes & ~top_bits; // no sum carries into the next byte
    const std::uint64_t from_a = low + (0x80 - 'A') * each;
    const std::uint64_t past_z = low + (0x7F - 'Z') * each;
    const std::uint64_t is_upper = from_a & ~past_z & ~bytes & top_bits;
    return bytes | is_upper >> 2; // 0x20, the difference between the cases
}

inline constexpr std::size_t word = sizeof(std::uint64_t);

/// The eight bytes of `name` that start at `at`.
inline std::uint64_t word_at(base::Bytes name, std::size_t at) noexcept
{
    return base::load<std::uint64_t, std::endian::little>(name.data() + at);
}

/// Whether `name`, in any case, equals `lowered`, which is in lower case.
inline bool is_same(base::Bytes name, base::Bytes lowered) noexcept
{
    if (name.size() != lowered.size()) {
        return false;
    }
    if (name.size() < word) {
        return lower_eight(base::load_little_endian(name)) == base::load_little_endian(lowered);
    }
    const auto is_same_at = [&](std::size_t at) {
        return lower_eight(word_at(name, at)) == word_at(lowered, at);
    };
    const std::size_t last = name.size() - word; // overlaps the word before instead of comparing single bytes
    for (std::size_t at = 0; at < last; at += word) {
        if (!is_same_at(at)) {
            return false;
        }
    }
    return is_same_at(last);
}

/// The hash of a name in any case. The table holds only names from the config and queries change nothing in
/// it, so an attacker cannot make it slow: the hash needs no secret.
inline std::uint32_t hash_of(base::Bytes name) noexcept
{
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio
    std::uint64_t hash = name.size() * odd;
    const auto take = [&hash](std::uint64_t bytes) {
        hash = (hash ^ lower_eight(bytes)) * odd;
        hash ^= hash >> 32;
    };
    if (name.size() < word) {
        take(base::load_little_endian(name));
    } else {
        const std::size_t last = name.size() - word;
        for (std::size_t at = 0; at < last; at += word) {
            take(word_at(name, at));
        }
        take(word_at(name, last));
    }
    return static_cast<std::uint32_t>(hash * odd >> 32); // spreads names that differ in a number only
}

/// Whether the bytes of `name`, in any case, end with those of `apex`, which is in lower case: at a label
/// boundary, or within a label.
inline bool ends_with_bytes(base::Bytes name, base::Bytes apex) noexcept
{
    return name.size() >= apex.size() && is_same(name.subspan(name.size() - apex.size()), apex);
}

} // namespace zone
