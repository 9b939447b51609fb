#include "proto/journal/crc32c.h"

#include <array>

namespace journal
{

namespace
{

constexpr std::array<std::uint32_t, 256> make_table() noexcept
{
    constexpr std::uint32_t polynomial = 0x82F63B78; // reflected
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
        std::uint32_t value = octet;
        for (int bit = 0; bit < 8; ++bit) {
            value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
        }
        table[octet] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

} // namespace

std::uint32_t crc32c(base::Bytes octets) noexcept
{
    std::uint32_t value = 0xFFFFFFFF;
    for (const std::uint8_t octet : octets) {
        value = value >> 8 ^ table[(value ^ octet) & 0xFF];
    }
    return ~value;
}

} // namespace journal
