// Networks of addresses: in lists of clients, and as the prefix that a provider delegates to a router.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/address.h"

namespace base
{

/// All addresses whose first `length` bits are those of `address`. The other bits are zero. A single address
/// has all 32 or 128 bits.
struct Network {
    Address address;
    std::uint8_t length = 32; ///< in bits, of the address's own family: 0 to 32, or 0 to 128
    friend bool operator==(const Network&, const Network&) = default;
};

/// "ADDRESS" or "ADDRESS/LENGTH". None if it is neither, or if a bit after the length is set.
std::optional<Network> parse_network(std::string_view text) noexcept;
std::string to_text(const Network& network);
/// A network of IPv4 has no IPv6 address, also not its mapped form, and vice versa.
bool contains(const Network& network, const Address& address) noexcept;

/// An IPv6 prefix. The bits after `length` are zero.
struct Prefix6 {
    Address6 address;
    std::uint8_t length = 64; ///< in bits, 0 to 128
    friend bool operator==(const Prefix6&, const Prefix6&) = default;
};

/// The first `length` bits (0 to 128) of `address`.
Prefix6 prefix_of(const Address6& address, std::uint8_t length) noexcept;
/// The address with the bits of the prefix, and after them those of `suffix`.
Address6 with_suffix(const Prefix6& prefix, const Address6& suffix) noexcept;
/// "ADDRESS/LENGTH"
std::string to_text(const Prefix6& prefix);

} // namespace base
