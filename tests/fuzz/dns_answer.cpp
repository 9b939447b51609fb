// Property of the whole answer path: whatever goes in, what comes out parses, is no longer than allowed, has
// the query's id, opcode and question, and is never an answer to an answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "daemon/zone/answer.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

zone::Zone make_zone(ipc::AnyPolicy any)
{
    const auto name = [](const char* text) { return *dns::Name::from_text(text); };
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name("ns.example.org"), name("ns.example.net")};
    setup.mailbox = name("hostmaster.example.org");
    setup.any = any;
    zone::Zone zone{setup};
    const std::vector<std::uint8_t> six{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    zone.add_host({name("home.example.org"), 60, {{1, {192, 0, 2, 1}}, {28, six}}});
    zone.add_host({name("a.b.example.org"), 60, {{1, {192, 0, 2, 2}}}});
    zone.add_host({name("example.org"), 60, {{1, {192, 0, 2, 3}}}});
    ipc::HostSetup big{name("big.example.org"), 60, {}};
    for (std::uint8_t i = 0; i < 100; ++i) {
        big.records.push_back({1, {10, 0, 0, i}});
        big.records.push_back({16, {3, 't', 'x', i}});
    }
    zone.add_host(big);
    zone.set_serial(1);
    return zone;
}

struct Walked {
    unsigned records = 0;
    unsigned opts = 0;
};

/// Every name in the records can be read, and nothing is left over.
Walked walk(base::Reader& in, const dns::Header& header)
{
    Walked walked;
    const unsigned last_section = unsigned{header.answers} + header.authorities;
    for (unsigned i = 0; i < last_section + header.additionals; ++i) {
        const dns::Name owner = dns::Name::read(in);
        const std::uint16_t type = in.u16();
        in.take(6);
        in.take(in.u16());
        require(in.ok());
        walked.records += type == 41 ? 0 : 1;
        walked.opts += type == 41 ? 1 : 0;
        require(type != 41 || (owner.is_root() && i >= last_section));
    }
    require(in.finished());
    return walked;
}

std::size_t allowed(const dns::Query& query, bool udp)
{
    const std::size_t taken = query.edns ? std::max<std::size_t>(query.edns->udp_size, 512) : 512;
    return udp ? std::min<std::size_t>(taken, 1232) : 65535;
}

void check(base::Bytes message, const dns::Query& query, const zone::Reply& reply, bool udp)
{
    require(reply.message.size() <= allowed(query, udp));
    base::Reader in{reply.message};
    const auto header = dns::Header::read(in);
    require(in.ok() && header.is_reply());
    require(reply.message[0] == message[0] && reply.message[1] == message[1]);
    require((reply.message[2] & 0x78) == (message[2] & 0x78));
    require((header.flags & 0x00F0) == 0); // RA, Z, AD, CD
    require(header.questions == (query.question ? 1 : 0));
    if (query.question) {
        const base::Bytes question = in.take(query.question->wire.size());
        require(in.ok() && std::equal(question.begin(), question.end(), message.begin() + 12));
    }
    const Walked walked = walk(in, header);
    require(walked.opts == (query.edns ? 1U : 0U));
    const bool has_data = reply.rcode == dns::Rcode::noerror || reply.rcode == dns::Rcode::nxdomain;
    require(has_data || (walked.records == 0 && (header.flags & 0x0400) == 0));
    require(reply.truncated == ((header.flags & 0x0200) != 0));
}

/// As many octets as an OPT record can ever get.
dns::ReplyOptions all_options()
{
    static const std::vector<std::uint8_t> nsid(dns::ReplyOptions::max_nsid_octets, 'n');
    dns::ReplyOptions options;
    options.cookie.emplace();
    options.nsid = nsid;
    options.keepalive = 30;
    return options;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const zone::Zone minimal = make_zone(ipc::AnyPolicy::minimal);
    static const zone::Zone all = make_zone(ipc::AnyPolicy::all);
    if (size == 0) {
        return 0;
    }
    const bool udp = (data[0] & 1) != 0;
    const zone::Zone& zone = (data[0] & 2) != 0 ? minimal : all;
    const base::Bytes message{data + 1, size - 1};
    const auto query = dns::read_query(message);
    if (!query) {
        return 0;
    }
    require((message[2] & 0x80) == 0);
    std::vector<std::uint8_t> room(udp ? 1232 : 65535);
    const dns::ReplyOptions options = (data[0] & 4) != 0 ? all_options() : dns::ReplyOptions{};
    check(message, *query,
          zone::answer(zone, *query, udp ? zone::Transport::udp : zone::Transport::tcp, room, options), udp);
    const zone::Reply cut = zone::truncated_answer(*query, room, options);
    check(message, *query, cut, true);
    require(cut.truncated && cut.message.size() <= 512);
    return 0;
}
