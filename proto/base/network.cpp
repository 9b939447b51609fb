#include "proto/base/network.h"

#include <span>

#include "proto/base/text.h"

namespace base
{

namespace
{

/// The bits of byte `at` that are among the first `length` bits of an address.
std::uint8_t mask_of_byte(std::size_t at, std::uint8_t length) noexcept
{
    constexpr std::size_t bits = 8;
    if (length >= (at + 1) * bits) {
        return 0xFF;
    }
    if (length <= at * bits) {
        return 0;
    }
    return static_cast<std::uint8_t>(0xFF00U >> (length - at * bits));
}

bool same_bits(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right,
               std::uint8_t length) noexcept
{
    for (std::size_t at = 0; at < left.size(); ++at) {
        if (((left[at] ^ right[at]) & mask_of_byte(at, length)) != 0) {
            return false;
        }
    }
    return true;
}

bool is_zero_after(std::span<const std::uint8_t> address, std::uint8_t length) noexcept
{
    for (std::size_t at = 0; at < address.size(); ++at) {
        if ((address[at] & ~mask_of_byte(at, length)) != 0) {
            return false;
        }
    }
    return true;
}

} // namespace

std::optional<Network> parse_network(std::string_view text) noexcept
{
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const auto most = static_cast<std::uint8_t>(address->bytes().size() * 8);
    Network network{*address, most};
    if (slash != std::string_view::npos) {
        const auto length = parse_decimal(text.substr(slash + 1), most);
        if (!length) {
            return std::nullopt;
        }
        network.length = static_cast<std::uint8_t>(*length);
    }
    if (!is_zero_after(address->bytes(), network.length)) {
        return std::nullopt;
    }
    return network;
}

std::string to_text(const Network& network)
{
    const bool is_single = network.length == network.address.bytes().size() * 8;
    return is_single ? to_text(network.address)
                     : to_text(network.address) + '/' + std::to_string(network.length);
}

bool contains(const Network& network, const Address& address) noexcept
{
    return network.address.is4() == address.is4() &&
           same_bits(network.address.bytes(), address.bytes(), network.length);
}

Prefix6 prefix_of(const Address6& address, std::uint8_t length) noexcept
{
    return {with_suffix({address, length}, Address6{}), length};
}

Address6 with_suffix(const Prefix6& prefix, const Address6& suffix) noexcept
{
    Address6 result;
    for (std::size_t at = 0; at < result.bytes.size(); ++at) {
        const std::uint8_t mask = mask_of_byte(at, prefix.length);
        result.bytes[at] =
            static_cast<std::uint8_t>((prefix.address.bytes[at] & mask) | (suffix.bytes[at] & ~mask));
    }
    return result;
}

std::string to_text(const Prefix6& prefix)
{
    return to_text(prefix.address) + '/' + std::to_string(prefix.length);
}

} // namespace base
