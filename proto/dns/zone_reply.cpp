#include "proto/dns/zone_reply.h"

namespace dns
{

namespace
{

/// RFC 1035 section 3.3.13: two names, and five numbers, of which the serial is the first.
std::uint32_t read_soa(Reader& in) noexcept
{
    Name::read(in);
    Name::read(in);
    const std::uint32_t serial = in.u32();
    in.take(4 * sizeof(std::uint32_t));
    return serial;
}

/// Reads one record of the answer section (RFC 1035 section 4.1.3).
void read_record(Reader& in, ZoneReply& reply)
{
    const Name owner = Name::read(in);
    const Type type{in.u16()};
    const Class klass{in.u16()};
    in.u32(); // TTL
    const std::size_t size = in.u16();
    const std::size_t end = in.position() + size;
    if (!in.ok() || klass != Class::in || !(owner == reply.zone) || (type != Type::soa && type != Type::ns)) {
        in.take(size);
        return;
    }
    if (type == Type::soa) {
        reply.serial = read_soa(in);
    } else {
        reply.name_servers.push_back(Name::read(in));
    }
    if (in.position() != end) {
        in.fail();
    }
}

} // namespace

std::optional<ZoneReply> read_zone_reply(base::Bytes message)
{
    Reader in{message};
    ZoneReply reply;
    reply.header = Header::read(in);
    reply.zone = Name::read(in);
    reply.type = Type{in.u16()};
    const Class klass{in.u16()};
    if (!in.ok() || !reply.header.is_reply() || reply.header.questions != 1 || klass != Class::in) {
        return std::nullopt;
    }
    for (std::uint16_t i = 0; i < reply.header.answers && in.ok(); ++i) {
        read_record(in, reply);
    }
    return in.ok() ? std::optional{std::move(reply)} : std::nullopt;
}

base::Bytes write_zone_question(base::MutableBytes room, std::uint16_t id, const Name& zone,
                                Type type) noexcept
{
    base::Writer out{room};
    Header header;
    header.id = id;
    header.questions = 1;
    header.write(out);
    out.bytes(zone.wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(Class::in));
    return out.ok() ? out.written() : base::Bytes{};
}

} // namespace dns
