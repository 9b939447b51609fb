#include "proto/dns/edns.h"

namespace dns
{

namespace
{

constexpr std::size_t option_head = 4;   // code and length
constexpr std::size_t fixed_octets = 11; // of an OPT record, without options

void begin_option(base::Writer& out, OptionCode code, std::size_t octets) noexcept
{
    out.u16(static_cast<std::uint16_t>(code));
    out.u16(static_cast<std::uint16_t>(octets));
}

void read_option(Edns& edns, OptionCode code, base::Bytes data) noexcept
{
    switch (code) {
    case OptionCode::nsid:
        edns.asks_nsid = true;
        break;
    case OptionCode::cookie:
        if (!edns.cookie && !edns.cookie_is_malformed) {
            edns.cookie = CookieOption::read(data);
            edns.cookie_is_malformed = !edns.cookie;
        }
        break;
    case OptionCode::tcp_keepalive:
        edns.asks_keepalive = true;
        break;
    case OptionCode::extended_error: // means nothing in a query
        break;
    }
}

} // namespace

std::pair<Edns, Rcode> Edns::read(std::uint16_t klass, std::uint32_t ttl, base::Bytes data) noexcept
{
    Edns edns;
    edns.udp_size = klass < min_udp_octets ? min_udp_octets : klass;
    edns.version = static_cast<std::uint8_t>(ttl >> 16);
    edns.dnssec_ok = (ttl & do_bit) != 0;
    if (edns.version > version_spoken) {
        return {edns, Rcode::badvers}; // what its options look like is for that version to say
    }
    const bool is_whole = for_each_option(
        data, [&](std::uint16_t code, base::Bytes option) { read_option(edns, OptionCode{code}, option); });
    // RFC 6891 section 6.1.2, RFC 7873 section 5.2.2
    return {edns, is_whole && !edns.cookie_is_malformed ? Rcode::noerror : Rcode::formerr};
}

std::size_t ReplyOptions::record_octets() const noexcept
{
    std::size_t octets = fixed_octets;
    if (cookie) {
        octets += option_head + cookie->first.size() + cookie->second.size();
    }
    if (!nsid.empty()) {
        octets += option_head + nsid.size();
    }
    if (keepalive) {
        octets += option_head + sizeof *keepalive;
    }
    if (extended_error) {
        octets += option_head + sizeof *extended_error;
    }
    return octets;
}

void write_opt(base::Writer& out, Rcode rcode, bool dnssec_ok, const ReplyOptions& options) noexcept
{
    out.u8(0); // the root
    out.u16(static_cast<std::uint16_t>(Type::opt));
    out.u16(max_udp_octets);
    out.u8(static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4));
    out.u8(Edns::version_spoken);
    out.u16(dnssec_ok ? Edns::do_bit : std::uint16_t{0});
    out.u16(static_cast<std::uint16_t>(options.record_octets() - fixed_octets));
    if (options.cookie) {
        begin_option(out, OptionCode::cookie, options.cookie->first.size() + options.cookie->second.size());
        out.bytes(options.cookie->first);
        out.bytes(options.cookie->second);
    }
    if (!options.nsid.empty()) {
        begin_option(out, OptionCode::nsid, options.nsid.size());
        out.bytes(options.nsid);
    }
    if (options.keepalive) {
        begin_option(out, OptionCode::tcp_keepalive, sizeof *options.keepalive);
        out.u16(*options.keepalive);
    }
    if (options.extended_error) {
        begin_option(out, OptionCode::extended_error, sizeof *options.extended_error);
        out.u16(*options.extended_error);
    }
}

} // namespace dns
