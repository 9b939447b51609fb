#include "proto/config/suffix.h"

#include <algorithm>
#include <array>
#include <optional>

#include "proto/base/text.h"

namespace config
{

namespace
{

constexpr std::size_t mac_parts = 6;
using Mac = std::array<std::uint8_t, mac_parts>;

/// The number of parts if the text looks like a MAC address: two hexadecimal digits each, with one kind of
/// separator. The bytes of the first parts are stored in `mac`.
std::optional<std::size_t> read_parts(std::string_view text, Mac& mac) noexcept
{
    constexpr std::size_t part_size = 3; // with a separator
    const char separator = text.size() < part_size ? '\0' : text[2];
    if ((text.size() + 1) % part_size != 0 || (separator != ':' && separator != '-')) {
        return std::nullopt;
    }
    for (std::size_t at = 0; at < text.size(); at += part_size) {
        const int high = base::hex_digit(text[at]);
        const int low = base::hex_digit(text[at + 1]);
        const bool is_end = at + 2 == text.size();
        if (high < 0 || low < 0 || (!is_end && text[at + 2] != separator)) {
            return std::nullopt;
        }
        if (at / part_size < mac.size()) {
            mac[at / part_size] = static_cast<std::uint8_t>(high << 4 | low);
        }
    }
    return (text.size() + 1) / part_size;
}

/// RFC 4291 appendix A: FF FE in the middle, and the universal/local bit inverted.
base::Address6 interface_identifier(const Mac& mac) noexcept
{
    constexpr std::uint8_t universal_local = 0x02;
    const auto first = static_cast<std::uint8_t>(mac[0] ^ universal_local);
    return {{0, 0, 0, 0, 0, 0, 0, 0, first, mac[1], mac[2], 0xFF, 0xFE, mac[3], mac[4], mac[5]}};
}

} // namespace

std::variant<base::Address6, ValueError> read_suffix(std::string_view text)
{
    if (const auto address = base::parse_address6(text)) {
        return *address;
    }
    Mac mac{};
    const auto parts = read_parts(text, mac);
    if (parts == mac_parts) {
        return interface_identifier(mac);
    }
    if (parts) {
        return ValueError{0, base::filled("a MAC address of {} parts, not of {}", {mac_parts, *parts})};
    }
    return ValueError{0, "an IPv6 address like ::1:2:3:4, or a MAC address like 00:00:5e:00:53:01"};
}

} // namespace config
