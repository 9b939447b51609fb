// Properties: a network that was read is written as text that reads as the same network; it contains its own
// address; no bit after its length is set.
#include <cstdlib>

#include "proto/base/bytes.h"
#include "proto/base/network.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool is_zero_after(std::span<const std::uint8_t> bytes, std::size_t length)
{
    for (std::size_t bit = length; bit < bytes.size() * 8; ++bit) {
        if ((bytes[bit / 8] & (0x80U >> bit % 8)) != 0) {
            return false;
        }
    }
    return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto network = base::parse_network(base::as_text({data, size}));
    if (!network) {
        return 0;
    }
    require(network->length <= network->address.bytes().size() * 8);
    require(is_zero_after(network->address.bytes(), network->length));
    require(base::contains(*network, network->address));
    require(base::parse_network(base::to_text(*network)) == network);

    const base::Prefix6 prefix = base::prefix_of(network->address.as6(), network->length);
    require(is_zero_after(prefix.address.bytes, prefix.length));
    require(base::prefix_of(base::with_suffix(prefix, network->address.as6()), prefix.length) == prefix);
    return 0;
}
