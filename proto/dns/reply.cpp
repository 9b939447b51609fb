#include "proto/dns/reply.h"

#include <algorithm>

namespace dns
{

std::size_t reply_limit(const Query& query, bool udp) noexcept
{
    if (!udp) {
        return max_tcp_bytes;
    }
    return std::min(max_udp_bytes, query.edns ? query.edns->udp_size : min_udp_bytes);
}

/// RFC 1035 section 4.1.1: id and opcode are copied, and RD if the opcode is QUERY; RA, AD, CD and Z are 0.
Header ReplyWriter::make_header(const Query& query) noexcept
{
    constexpr std::uint16_t opcode_bits = 0x7800;
    Header header;
    header.id = query.header.id;
    header.flags = static_cast<std::uint16_t>(flag::qr | (query.header.flags & opcode_bits));
    if (query.header.opcode() == Opcode::query) {
        header.flags |= query.header.flags & flag::rd;
    }
    header.questions = query.question ? 1 : 0;
    return header;
}

void ReplyWriter::point_owners(std::size_t begin, std::size_t owner) noexcept
{
    constexpr std::size_t length_at = record_head_bytes - 2;
    while (begin < out_.size()) {
        out_.patch_u16(begin, static_cast<std::uint16_t>(0xC000U | owner));
        base::Reader length{out_.written().subspan(begin + length_at, 2)};
        begin += record_head_bytes + length.u16();
    }
}

Bytes ReplyWriter::finish() noexcept
{
    if (query_.edns) {
        write_opt(out_, rcode_, query_.edns->dnssec_ok, options_);
        ++header_.additionals;
    }
    header_.flags = static_cast<std::uint16_t>(header_.flags | (static_cast<std::uint16_t>(rcode_) & 0xF));
    header_.store(out_.at(0));
    return out_.written();
}

} // namespace dns
