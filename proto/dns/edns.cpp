#include "proto/dns/edns.h"

#include <algorithm>

namespace dns
{

namespace
{

constexpr std::size_t option_head = 4;          // bytes: code and length
constexpr std::size_t fixed_bytes = 11;         // an OPT record without options
constexpr std::uint16_t not_authoritative = 20; // RFC 8914 section 4.21

void begin_option(base::Writer& out, OptionCode code, std::size_t bytes) noexcept
{
    out.u32(static_cast<std::uint32_t>(code) << 16 | static_cast<std::uint32_t>(bytes));
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
    case OptionCode::extended_error: // has no meaning in a query
        break;
    }
}

} // namespace

Rcode Edns::read(std::uint16_t klass, std::uint32_t ttl, base::Bytes data) noexcept
{
    udp_size = std::max(klass, min_udp_bytes);
    version = static_cast<std::uint8_t>(ttl >> 16);
    dnssec_ok = (ttl & do_bit) != 0;
    if (version > version_spoken) {
        return Rcode::badvers; // another version may define another format of options
    }
    const bool is_whole = for_each_option(
        data, [&](std::uint16_t code, base::Bytes option) { read_option(*this, OptionCode{code}, option); });
    // RFC 6891 section 6.1.2, RFC 7873 section 5.2.2
    return is_whole && !cookie_is_malformed ? Rcode::noerror : Rcode::formerr;
}

std::size_t ReplyOptions::record_bytes(Rcode rcode) const noexcept
{
    std::size_t bytes = fixed_bytes;
    if (cookie) {
        bytes += option_head + cookie->first.size() + cookie->second.size();
    }
    if (!nsid.empty()) {
        bytes += option_head + nsid.size();
    }
    if (keepalive) {
        bytes += option_head + sizeof *keepalive;
    }
    if (rcode == Rcode::refused) {
        bytes += option_head + sizeof not_authoritative;
    }
    return bytes;
}

void write_opt(base::Writer& out, Rcode rcode, bool dnssec_ok, const ReplyOptions& options) noexcept
{
    std::array<std::uint8_t, fixed_bytes> fixed{}; // the first byte is the root
    base::store(&fixed[1], static_cast<std::uint16_t>(Type::opt));
    base::store(&fixed[3], max_udp_bytes);
    fixed[5] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4);
    fixed[6] = Edns::version_spoken;
    base::store(&fixed[7], dnssec_ok ? Edns::do_bit : std::uint16_t{0});
    base::store(&fixed[9], static_cast<std::uint16_t>(options.record_bytes(rcode) - fixed_bytes));
    out.bytes(fixed);
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
    if (rcode == Rcode::refused) {
        begin_option(out, OptionCode::extended_error, sizeof not_authoritative);
        out.u16(not_authoritative);
    }
}

} // namespace dns
