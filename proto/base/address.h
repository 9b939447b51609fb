// Internet addresses as values: the data of A and AAAA records, and the source of a packet.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base
{

/// RFC 1035 section 3.4.1: four bytes in network order.
struct Address4 {
    std::array<std::uint8_t, 4> bytes{};
    friend auto operator<=>(const Address4&, const Address4&) = default;
};

/// RFC 3596 section 2.2: sixteen bytes in network order.
struct Address6 {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const Address6&, const Address6&) = default;
};

/// Dotted decimal with exactly four parts, as inet_pton(3) accepts it: no octal, no short forms.
std::optional<Address4> parse_address4(std::string_view text) noexcept;
/// RFC 4291 section 2.2, as inet_pton(3) accepts it: no scope, no brackets, no prefix length.
std::optional<Address6> parse_address6(std::string_view text) noexcept;

std::string to_text(const Address4& address);
/// RFC 5952.
std::string to_text(const Address6& address);

/// An address of either family. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is stored as the
/// IPv4 address that it represents. The default is 0.0.0.0.
class Address
{
public:
    Address() = default;
    explicit Address(const Address4& address) noexcept;
    explicit Address(const Address6& address) noexcept;

    bool is4() const noexcept { return is4_; }
    /// For an IPv6 address, its first four bytes.
    Address4 as4() const noexcept;
    /// For an IPv4 address, its IPv4-mapped form.
    Address6 as6() const noexcept;

    /// A view of the 4 or 16 bytes, in network order.
    std::span<const std::uint8_t> bytes() const noexcept
    {
        return {bytes_.data(), is4_ ? sizeof(Address4) : sizeof(Address6)};
    }

    friend bool operator==(const Address&, const Address&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    bool is4_ = true;
};

std::optional<Address> parse_address(std::string_view text) noexcept;
std::string to_text(const Address& address);

} // namespace base
