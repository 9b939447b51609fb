#include "proto/journal/crc32c.h"

#include <array>

namespace journal
{

namespace
{

/// For half a byte: a table for a byte would be a kilobyte.
constexpr std::array<std::uint32_t, 16> make_table() noexcept
{
    constexpr std::uint32_t polynomial = 0x82F63B78; // reflected
    std::array<std::uint32_t, 16> table{};
    for (std::uint32_t half = 0; half < table.size(); ++half) {
        std::uint32_t value = half;
        for (int bit = 0; bit < 4; ++bit) {
            value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
        }
        table[half] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 16> table = make_table();

} // namespace

std::uint32_t crc32c(base::Bytes bytes) noexcept
{
    std::uint32_t value = 0xFFFFFFFF;
    for (const std::uint8_t byte : bytes) {
        value ^= byte;
        value = value >> 4 ^ table[value & 0xF];
        value = value >> 4 ^ table[value & 0xF];
    }
    return ~value;
}

} // namespace journal
