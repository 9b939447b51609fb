#include "proto/base/net_socket.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "proto/base/text.h"

namespace base
{

namespace
{

constexpr std::size_t local = 1;
constexpr std::size_t state = 3;
constexpr std::size_t uid = 7;
constexpr std::size_t inode = 9;
constexpr std::size_t drops = 12; // only of UDP; TCP has a timeout there
constexpr std::size_t columns = 13;

/// The words of the line, which are separated by blanks.
std::array<std::string_view, columns> words_of(std::string_view line) noexcept
{
    std::array<std::string_view, columns> words;
    for (std::string_view& word : words) {
        line.remove_prefix(std::min(line.find_first_not_of(" \n"), line.size()));
        word = line.substr(0, line.find_first_of(" \n"));
        line.remove_prefix(word.size());
    }
    return words;
}

std::optional<std::uint32_t> parse_hex(std::string_view digits, std::size_t size) noexcept
{
    std::uint32_t value = 0;
    for (const char digit : digits) {
        if (hex_digit(digit) < 0) {
            return std::nullopt;
        }
        value = value << 4 | static_cast<std::uint32_t>(hex_digit(digit));
    }
    return digits.size() == size ? std::optional{value} : std::nullopt;
}

/// Each four bytes are printed as a number in the machine's byte order.
template <typename AnyAddress>
std::optional<AnyAddress> parse_words(std::string_view digits) noexcept
{
    AnyAddress address;
    for (std::size_t at = 0; at < address.bytes.size(); at += sizeof(std::uint32_t)) {
        const auto word = parse_hex(digits.substr(2 * at, 8), 8);
        if (!word) {
            return std::nullopt;
        }
        std::memcpy(address.bytes.data() + at, &*word, sizeof *word);
    }
    return address;
}

/// "0100007F:0035"
bool read_address(std::string_view word, NetSocket& socket) noexcept
{
    const std::size_t colon = word.find(':');
    const std::string_view digits = word.substr(0, colon);
    const auto port = colon == word.npos ? std::nullopt : parse_hex(word.substr(colon + 1), 4);
    if (!port || (digits.size() != 8 && digits.size() != 32)) {
        return false;
    }
    const auto address4 = digits.size() == 8 ? parse_words<Address4>(digits) : std::nullopt;
    const auto address6 = digits.size() == 32 ? parse_words<Address6>(digits) : std::nullopt;
    if (!address4 && !address6) {
        return false;
    }
    socket.address = address4 ? Address{*address4} : Address{*address6};
    socket.port = static_cast<std::uint16_t>(*port);
    socket.is_any = std::ranges::all_of(socket.address.bytes(), [](auto byte) { return byte == 0; });
    return true;
}

} // namespace

std::optional<NetSocket> read_net_socket(std::string_view line) noexcept
{
    const auto words = words_of(line);
    NetSocket socket;
    const auto number = parse_hex(words[state], 2);
    const auto owner = parse_decimal(words[uid], std::numeric_limits<std::uint32_t>::max());
    const auto file = parse_decimal(words[inode], std::numeric_limits<std::uint64_t>::max());
    if (!read_address(words[local], socket) || !number || !owner || !file) {
        return std::nullopt;
    }
    socket.state = *number;
    socket.uid = static_cast<std::uint32_t>(*owner);
    socket.inode = *file;
    socket.drops = parse_decimal(words[drops], std::numeric_limits<std::uint64_t>::max()).value_or(0);
    return socket;
}

} // namespace base
