// Property of the zone's answers: for any input, the reply can be parsed, is not longer than allowed, has the
// query's id, opcode and question, and is never a reply to a reply.
#include "proto/dns/query.h"

#include "tests/fuzz/dns_reply.h"

namespace
{

using fuzz::require;

void check(base::Bytes message, const dns::Query& query, const zone::Reply& reply, bool udp)
{
    const fuzz::Checked checked = fuzz::check(message, query, reply.message, udp);
    require(checked.rcode == static_cast<unsigned>(reply.rcode));
    require(reply.truncated == ((checked.flags & 0x0200) != 0));
}

/// The options of the longest possible OPT record.
dns::ReplyOptions all_options()
{
    static const std::vector<std::uint8_t> nsid(dns::ReplyOptions::max_nsid_bytes, 'n');
    dns::ReplyOptions options;
    options.cookie.emplace();
    options.nsid = nsid;
    options.keepalive = 30;
    return options;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const zone::Zone minimal = fuzz::make_zone(ipc::AnyPolicy::minimal);
    static const zone::Zone all = fuzz::make_zone(ipc::AnyPolicy::all);
    static std::vector<std::uint8_t> udp_room(1232);
    static std::vector<std::uint8_t> tcp_room(65535);
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
    std::vector<std::uint8_t>& room = udp ? udp_room : tcp_room;
    const dns::ReplyOptions options = (data[0] & 4) != 0 ? all_options() : dns::ReplyOptions{};
    check(message, *query,
          zone::answer(zone, *query, udp ? zone::Transport::udp : zone::Transport::tcp, room, options), udp);
    const zone::Reply cut = zone::truncated_answer(*query, room, options);
    check(message, *query, cut, true);
    require(cut.truncated && cut.message.size() <= 512);
    return 0;
}
