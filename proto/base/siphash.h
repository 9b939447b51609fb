// SipHash-2-4, a keyed hash of 64 bits for short inputs (Aumasson and Bernstein, "SipHash: a fast
// short-input PRF", 2012).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"

namespace base
{

using SipKey = std::array<std::uint8_t, 16>;

namespace siphash
{

struct State {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    constexpr void round() noexcept
    {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    constexpr void take(std::uint64_t word) noexcept
    {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

} // namespace siphash

/// The tag as a number; its octets on the wire are this number's, the lowest first (RFC 9018 section 4.4).
inline std::uint64_t siphash24(const SipKey& key, Bytes input) noexcept
{
    constexpr auto little = std::endian::little;
    constexpr std::size_t word = sizeof(std::uint64_t);
    const auto k0 = load<std::uint64_t, little>(key.data());
    const auto k1 = load<std::uint64_t, little>(key.data() + word);
    siphash::State state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                         k1 ^ 0x7465646279746573};
    const std::uint64_t last = std::uint64_t{input.size()} << 56;
    for (; input.size() >= word; input = input.subspan(word)) {
        state.take(load<std::uint64_t, little>(input.data()));
    }
    state.take(last | load_little_endian(input));
    state.v2 ^= 0xFF;
    for (int i = 0; i < 4; ++i) {
        state.round();
    }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace base
