// The header: the first twelve bytes of each message (RFC 1035 section 4.1.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/dns/types.h"

namespace dns
{

namespace flag
{
inline constexpr std::uint16_t qr = 0x8000; ///< this is a reply
inline constexpr std::uint16_t aa = 0x0400; ///< authoritative answer
inline constexpr std::uint16_t tc = 0x0200; ///< truncated
inline constexpr std::uint16_t rd = 0x0100; ///< recursion desired
} // namespace flag

struct Header {
    static constexpr std::size_t size = 12;

    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;

    static Header read(base::Reader& in) noexcept
    {
        const base::Bytes bytes = in.take(size);
        if (bytes.empty()) {
            return {};
        }
        const auto field = [&](std::size_t n) {
            return base::load<std::uint16_t>(bytes.data() + n * sizeof(std::uint16_t));
        };
        return {field(0), field(1), field(2), field(3), field(4), field(5)};
    }
    void write(base::Writer& out) const noexcept
    {
        std::array<std::uint8_t, size> bytes{};
        store(bytes.data());
        out.bytes(bytes);
    }
    /// `to` must have room for `size` bytes.
    void store(std::uint8_t* to) const noexcept
    {
        const auto put = [to](std::size_t n, std::uint16_t field) {
            base::store(to + n * sizeof field, field);
        };
        put(0, id);
        put(1, flags);
        put(2, questions);
        put(3, answers);
        put(4, authorities);
        put(5, additionals);
    }

    bool is_reply() const noexcept { return (flags & flag::qr) != 0; }
    /// Any of 16 values; most of them have no enumerator.
    Opcode opcode() const noexcept { return static_cast<Opcode>(flags >> 11 & 0xF); }
};

} // namespace dns
