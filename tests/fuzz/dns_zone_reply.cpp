// Property: a reply that was read, written again without compression, is read as the same.
#include <cstdlib>
#include <vector>

#include "proto/dns/zone_reply.h"

namespace
{

void write_head(base::Writer& out, const dns::Name& owner, dns::Type type, std::size_t size)
{
    out.bytes(owner.wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    out.u32(60);
    out.u16(static_cast<std::uint16_t>(size));
}

std::vector<std::uint8_t> written(const dns::ZoneReply& reply)
{
    std::vector<std::uint8_t> room(1024 + 600 * reply.name_servers.size());
    base::Writer out{room};
    dns::Header header = reply.header;
    header.answers = static_cast<std::uint16_t>(reply.name_servers.size() + (reply.serial ? 1 : 0));
    header.write(out);
    out.bytes(reply.zone.wire());
    out.u16(static_cast<std::uint16_t>(reply.type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    for (const dns::Name& name : reply.name_servers) {
        write_head(out, reply.zone, dns::Type::ns, name.wire().size());
        out.bytes(name.wire());
    }
    if (reply.serial) {
        write_head(out, reply.zone, dns::Type::soa, 22);
        out.u16(0); // two names, the root
        out.u32(*reply.serial);
        out.u64(0);
        out.u64(0);
    }
    room.resize(out.size());
    return room;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto reply = dns::read_zone_reply({data, size});
    if (!reply) {
        return 0;
    }
    const std::vector<std::uint8_t> message = written(*reply);
    const auto again = dns::read_zone_reply(message);
    if (!again || !(again->zone == reply->zone) || again->type != reply->type ||
        again->serial != reply->serial || again->name_servers != reply->name_servers ||
        again->header.flags != reply->header.flags) {
        std::abort();
    }
    return 0;
}
