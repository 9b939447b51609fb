#include "proto/dns/reply.h"

#include <algorithm>

namespace dns
{

namespace
{

constexpr std::size_t max_pointer = 0x3FFF; // RFC 1035 section 4.1.4: 14 bits

/// RFC 1035 section 4.1.1: id and opcode are copied, RD where it has a meaning; RA, AD, CD and Z are clear.
Header begin_header(const Query& query) noexcept
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

} // namespace

std::size_t reply_limit(const Query& query, bool udp) noexcept
{
    if (!udp) {
        return max_tcp_octets;
    }
    return std::min(max_udp_octets, query.edns ? query.edns->udp_size : min_udp_octets);
}

ReplyWriter::ReplyWriter(const Query& query, base::MutableBytes room, std::size_t limit,
                         const ReplyOptions& options) noexcept
    : room_(room.first(std::min(limit, room.size()))), out_(room_), query_(query),
      header_(begin_header(query)), options_(options)
{
    out_.skip(Header::size); // its counts and flags are known at the end
    if (query.question) {
        out_.bytes(query.question->wire());
    }
    if (query.edns) {
        kept_for_opt_ = options_.record_octets();
    }
}

bool ReplyWriter::add_or_truncate(const Records& records, std::size_t owner, std::uint16_t& count) noexcept
{
    if (add(records, owner, count)) {
        return true;
    }
    truncate();
    return false;
}

bool ReplyWriter::add(const Records& records, std::size_t owner, std::uint16_t& count) noexcept
{
    if (records.wire.size() + kept_for_opt_ > out_.left() || owner > max_pointer) {
        return false;
    }
    const std::size_t begin = out_.size();
    out_.bytes(records.wire);
    count = static_cast<std::uint16_t>(count + records.count);
    if (owner != Header::size) { // records come with the question's name as their owner
        point_owners(begin, owner);
    }
    return true;
}

void ReplyWriter::point_owners(std::size_t begin, std::size_t owner) noexcept
{
    constexpr std::size_t length_at = record_head_octets - 2;
    while (begin < out_.size()) {
        out_.patch_u16(begin, static_cast<std::uint16_t>(0xC000U | owner));
        base::Reader length{out_.written().subspan(begin + length_at, 2)};
        begin += record_head_octets + length.u16();
    }
}

Bytes ReplyWriter::finish() noexcept
{
    if (query_.edns) {
        write_opt(out_, rcode_, query_.edns->dnssec_ok, options_);
        ++header_.additionals;
    }
    header_.flags = static_cast<std::uint16_t>(header_.flags | (static_cast<std::uint16_t>(rcode_) & 0xF));
    base::Writer front{room_};
    header_.write(front);
    return out_.written();
}

} // namespace dns
