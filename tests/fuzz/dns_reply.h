// The properties of every DNS reply, and a zone for the fuzzers with each kind of name and record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/zone/answer.h"

namespace fuzz
{

inline void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

inline dns::Name name(const std::string& text)
{
    return *dns::Name::from_text(text);
}

/// Record data: `before`, followed by a name.
inline std::vector<std::uint8_t> data(std::vector<std::uint8_t> before, const std::string& target)
{
    const dns::Name end = name(target);
    before.insert(before.end(), end.wire().begin(), end.wire().end());
    return before;
}

inline void add_hosts(zone::Zone& zone)
{
    const std::vector<std::uint8_t> six{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const ipc::StaticRecord a{1, {192, 0, 2, 1}};
    zone.add_host({name("home.example.org"), 60, {a, {28, six}}});
    zone.add_host({name("a.b.example.org"), 60, {a}});
    zone.add_host({name("example.org"), 60, {a, {15, data({0, 10}, "mx.example.net")}}});
    zone.add_host({name("*.wild.example.org"), 60, {a, {16, {2, 'h', 'i'}}}});
    zone.add_host({name("x.c.wild.example.org"), 60, {a}});
    zone.add_host({name("s.example.org"),
                   60,
                   {{15, data({0, 1}, "home.example.org")},
                    {33, data({0, 1, 0, 2, 0, 80}, "home.example.org")},
                    {33, data({0, 1, 0, 2, 0, 81}, "y.wild.example.org")}}});
    ipc::HostSetup big{name("big.example.org"), 60, {}};
    for (std::uint8_t i = 0; i < 100; ++i) {
        big.records.push_back({1, {10, 0, 0, i}});
        big.records.push_back({16, {3, 't', 'x', i}});
    }
    zone.add_host(big);
}

inline void add_links(zone::Zone& zone)
{
    const auto alias = [&](const std::string& from, const std::string& to) {
        zone.add_host({name(from + ".example.org"), 60, {{5, data({}, to)}}});
    };
    alias("c1", "c2.example.org");
    alias("c2", "home.example.org");
    alias("w", "any.wild.example.org");
    alias("out", "www.example.net");
    alias("lost", "nowhere.example.org");
    alias("d", "below.sub.example.org");
    alias("l1", "l2.example.org");
    alias("l2", "l1.example.org");
    alias("*.l", "x.l.example.org"); // an alias for itself
    alias("*.n", "a.n.n.example.org");
    const ipc::StaticRecord address{1, {192, 0, 2, 53}};
    zone.add_host({name("sub.example.org"),
                   60,
                   {{2, data({}, "ns.sub.example.org")},
                    {2, data({}, "ns.example.net")},
                    {43, {0, 1, 8, 2, 1, 2, 3}}}});
    zone.add_host({name("ns.sub.example.org"), 60, {address}});
    ipc::HostSetup wide{name("wide.example.org"), 60, {}};
    for (int i = 0; i < 13; ++i) {
        const std::string server = std::string(50, static_cast<char>('a' + i)) + ".wide.example.org";
        wide.records.push_back({2, data({}, server)});
        zone.add_host({name(server), 60, {address}});
    }
    zone.add_host(wide);
}

inline zone::Zone make_zone(ipc::AnyPolicy any)
{
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name("ns.example.org"), name("ns.example.net")};
    setup.mailbox = name("hostmaster.example.org");
    setup.any = any;
    zone::Zone zone{setup};
    add_hosts(zone);
    add_links(zone);
    zone.complete();
    zone.set_serial(1);
    return zone;
}

struct Walked {
    unsigned records = 0;
    unsigned opts = 0;
    unsigned high_rcode = 0; ///< of the OPT record
};

/// Requires that every record can be read and that no bytes are left.
inline Walked walk(base::Reader& in, const dns::Header& header)
{
    Walked walked;
    const unsigned last_section = unsigned{header.answers} + header.authorities;
    for (unsigned i = 0; i < last_section + header.additionals; ++i) {
        const dns::Name owner = dns::Name::read(in);
        const std::uint16_t type = in.u16();
        in.u16();
        const std::uint32_t ttl = in.u32();
        in.take(in.u16());
        require(in.ok());
        if (type != 41) {
            ++walked.records;
            continue;
        }
        ++walked.opts;
        walked.high_rcode = ttl >> 24;
        require(owner.is_root() && i >= last_section);
    }
    require(in.finished());
    return walked;
}

/// The most bytes of a reply (RFC 6891 section 6.2.3).
inline std::size_t allowed(const dns::Query& query, bool udp)
{
    const std::size_t taken = query.edns ? std::max<std::size_t>(query.edns->udp_size, 512) : 512;
    return udp ? std::min<std::size_t>(taken, 1232) : 65535;
}

struct Checked {
    unsigned rcode = 0; ///< all twelve bits
    unsigned flags = 0;
    unsigned records = 0; ///< without OPT
};

/// Requires that `reply` can be parsed, is not longer than allowed, and is a reply to this query.
inline Checked check(base::Bytes message, const dns::Query& query, base::Bytes reply, bool udp)
{
    require(reply.size() <= allowed(query, udp));
    base::Reader in{reply};
    const auto header = dns::Header::read(in);
    require(in.ok() && header.is_reply() && (message[2] & 0x80) == 0);
    require(reply[0] == message[0] && reply[1] == message[1]);
    require((reply[2] & 0x78) == (message[2] & 0x78));
    require((header.flags & 0x00F0) == 0); // RA, Z, AD, CD
    require(header.questions == (query.question ? 1 : 0));
    if (query.question) {
        const base::Bytes question = in.take(query.question->wire().size());
        require(in.ok() && std::equal(question.begin(), question.end(), message.begin() + 12));
    }
    const Walked walked = walk(in, header);
    require(walked.opts == (query.edns ? 1U : 0U));
    const unsigned rcode = walked.high_rcode << 4 | (header.flags & 0xFU);
    const bool has_data = rcode == 0 || rcode == 3;
    require(has_data || (walked.records == 0 && (header.flags & 0x0400) == 0));
    require(!dns::read_query(reply)); // a reply to it would start a loop
    return {rcode, header.flags, walked.records};
}

} // namespace fuzz
