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
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
        }
        table[byte] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> table = make_table();

} // namespace

std::uint32_t crc32c(base::Bytes bytes) noexcept
{
    std::uint32_t value = 0xFFFFFFFF;
    for (const std::uint8_t byte : bytes) {
        value = value >> 8 ^ table[(value ^ byte) & 0xFF];
    }
    return ~value;
}

} // namespace journal
