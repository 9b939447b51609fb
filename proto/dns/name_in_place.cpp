// The functions of Name that run for each datagram.
#include "proto/dns/name.h"

namespace dns
{

Bytes Name::read_in_place(Reader& in, LabelStarts& labels) noexcept
{
    const std::size_t size = labels.walk(in.rest());
    if (size == 0) {
        in.fail();
    }
    return in.take(size);
}

std::size_t Name::skip(Reader& in, std::size_t most) noexcept
{
    const Bytes rest = in.rest();
    const std::size_t start = in.position();
    std::size_t size = 0;
    std::size_t labels = 0;
    while (size < rest.size() && rest[size] - 1U < max_label_bytes && labels < most) { // 0 - 1 wraps
        size += 1U + rest[size];
        ++labels;
    }
    if (size >= max_wire_bytes) {
        in.fail();
    }
    in.take(size);
    if (const std::uint8_t length = in.u8(); length != 0) { // not the end: a pointer, or too many labels
        const std::size_t target = static_cast<std::size_t>(length & ~pointer_bits) << 8 | in.u8();
        if ((length & pointer_bits) != pointer_bits || target >= start) {
            in.fail();
        }
    }
    return labels;
}

} // namespace dns
