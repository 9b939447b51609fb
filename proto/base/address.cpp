#include "proto/base/address.h"

#include <algorithm>
#include <arpa/inet.h>

namespace base
{

namespace
{

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/// inet_pton(3) needs a null-terminated string. Text longer than the longest address is not an address.
bool parse(int family, std::string_view text, void* into) noexcept
{
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return false;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    return ::inet_pton(family, terminated.data(), into) == 1;
}

std::string print(int family, const void* bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, bytes, text.data(), text.size());
    return text.data();
}

} // namespace

std::optional<Address4> parse_address4(std::string_view text) noexcept
{
    Address4 address;
    return parse(AF_INET, text, address.bytes.data()) ? std::optional{address} : std::nullopt;
}

std::optional<Address6> parse_address6(std::string_view text) noexcept
{
    Address6 address;
    return parse(AF_INET6, text, address.bytes.data()) ? std::optional{address} : std::nullopt;
}

std::string to_text(const Address4& address)
{
    return print(AF_INET, address.bytes.data());
}
std::string to_text(const Address6& address)
{
    return print(AF_INET6, address.bytes.data());
}

Address::Address(const Address4& address) noexcept
{
    std::copy(address.bytes.begin(), address.bytes.end(), bytes_.begin());
}

Address::Address(const Address6& address) noexcept : bytes_(address.bytes), is4_(false)
{
    if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes_.begin())) {
        Address4 inner;
        std::copy_n(bytes_.begin() + mapped_prefix.size(), inner.bytes.size(), inner.bytes.begin());
        *this = Address{inner};
    }
}

Address4 Address::as4() const noexcept
{
    Address4 result;
    std::copy_n(bytes_.begin(), result.bytes.size(), result.bytes.begin());
    return result;
}

Address6 Address::as6() const noexcept
{
    Address6 result{bytes_};
    if (is4_) {
        std::copy(mapped_prefix.begin(), mapped_prefix.end(), result.bytes.begin());
        std::copy_n(bytes_.begin(), 4, result.bytes.begin() + mapped_prefix.size());
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
