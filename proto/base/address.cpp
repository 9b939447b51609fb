#include "proto/base/address.h"

#include <algorithm>
#include <arpa/inet.h>

namespace base
{

namespace
{

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// inet_pton(3) wants a terminated string; what is longer than any address is none.
bool parse(int family, std::string_view text, void* into) noexcept
{
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return false;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    return ::inet_pton(family, terminated.data(), into) == 1;
}

std::string print(int family, const void* octets)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, octets, text.data(), text.size());
    return text.data();
}

} // namespace

std::optional<Address4> parse_address4(std::string_view text) noexcept
{
    Address4 address;
    return parse(AF_INET, text, address.octets.data()) ? std::optional{address} : std::nullopt;
}

std::optional<Address6> parse_address6(std::string_view text) noexcept
{
    Address6 address;
    return parse(AF_INET6, text, address.octets.data()) ? std::optional{address} : std::nullopt;
}

std::string to_text(const Address4& address)
{
    return print(AF_INET, address.octets.data());
}
std::string to_text(const Address6& address)
{
    return print(AF_INET6, address.octets.data());
}

Address::Address(const Address4& address) noexcept
{
    std::copy(address.octets.begin(), address.octets.end(), octets_.begin());
}

Address::Address(const Address6& address) noexcept : octets_(address.octets), is4_(false)
{
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets_.begin())) {
        Address4 inner;
        std::copy_n(octets_.begin() + mapped_prefix.size(), inner.octets.size(), inner.octets.begin());
        *this = Address{inner};
    }
}

Address4 Address::as4() const noexcept
{
    Address4 result;
    std::copy_n(octets_.begin(), result.octets.size(), result.octets.begin());
    return result;
}

Address6 Address::as6() const noexcept
{
    Address6 result{octets_};
    if (is4_) {
        std::copy(mapped_prefix.begin(), mapped_prefix.end(), result.octets.begin());
        std::copy_n(octets_.begin(), 4, result.octets.begin() + mapped_prefix.size());
    }
    return result;
}

std::optional<Address> parse_address(std::string_view text) noexcept
{
    if (const auto four = parse_address4(text)) {
        return Address{*four};
    }
    if (const auto six = parse_address6(text)) {
        return Address{*six};
    }
    return std::nullopt;
}

std::string to_text(const Address& address)
{
    return address.is4() ? to_text(address.as4()) : to_text(address.as6());
}

} // namespace base
