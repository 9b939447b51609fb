// SipHash-2-4, a keyed 64-bit hash for short inputs (Aumasson and Bernstein, "SipHash: a fast
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

/// Hashes an input that is not contiguous, piece by piece.
class SipHash24
{
public:
    explicit SipHash24(const SipKey& key) noexcept
    {
        const auto k0 = little_endian(key.data());
        const auto k1 = little_endian(key.data() + word);
        state_ = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                  k1 ^ 0x7465646279746573};
    }

    /// Adds eight bytes.
    void take(const std::uint8_t* bytes) noexcept
    {
        state_.take(little_endian(bytes));
        size_ += word;
    }
    /// Adds the rest, of any length, and returns the hash. On the wire its bytes are in little-endian order
    /// (RFC 9018 section 4.4).
    std::uint64_t finish(Bytes rest) noexcept
    {
        for (; rest.size() >= word; rest = rest.subspan(word)) {
            take(rest.data());
        }
        state_.take((size_ + rest.size()) << 56 | load_little_endian(rest));
        state_.v2 ^= 0xFF;
        for (int i = 0; i < 4; ++i) {
            state_.round();
        }
        return state_.v0 ^ state_.v1 ^ state_.v2 ^ state_.v3;
    }

private:
    static constexpr std::size_t word = sizeof(std::uint64_t);

    static std::uint64_t little_endian(const std::uint8_t* bytes) noexcept
    {
        return load<std::uint64_t, std::endian::little>(bytes);
    }

    siphash::State state_{};
    std::uint64_t size_ = 0;
};

inline std::uint64_t siphash24(const SipKey& key, Bytes input) noexcept
{
    return SipHash24{key}.finish(input);
}

} // namespace base
