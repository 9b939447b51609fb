#include "daemon/responder/answerer.h"

#include <string>
#include <utility>

#include "proto/dns/text.h"

namespace responder
{

namespace
{

std::string describe(const base::Address& client, const dns::Query& query, const zone::Reply& reply,
                     zone::Transport transport)
{
    std::string text = base::to_text(client) + (transport == zone::Transport::udp ? " udp" : " tcp");
    if (query.question) {
        base::Reader in{query.question->name};
        text += " " + dns::Name::read(in).to_text() + " " + dns::to_text(query.question->type);
    }
    text += ": " + dns::to_text(reply.rcode);
    return reply.truncated ? text + ", truncated" : text;
}

} // namespace

Answerer::Answerer(zone::Zone zone, std::uint32_t rate_limit, const base::SipKey& rate_limit_secret)
    : zone_(std::move(zone)), rate_limit_(rate_limit, rate_limit_secret)
{
}

base::Bytes Answerer::answer_udp(const Received& received, base::MutableBytes room)
{
    counters_.request(received.client, zone::Transport::udp);
    auto query = dns::read_query(received.message);
    const auto verdict = query ? rate_limit_.ask(received.client, received.now) : common::Verdict::drop;
    if (verdict == common::Verdict::drop) {
        ++counters_.dropped;
        return {};
    }
    if (received.is_cut && query->error == dns::Rcode::noerror) {
        query->error = dns::Rcode::formerr; // the part that was cut off may have changed its meaning
    }
    const zone::Reply reply = verdict == common::Verdict::truncate
                                  ? zone::truncated_answer(*query, room)
                                  : zone::answer(zone_, *query, zone::Transport::udp, room);
    return finish(received, *query, reply, zone::Transport::udp);
}

base::Bytes Answerer::answer_tcp(const Received& received, base::MutableBytes room)
{
    counters_.request(received.client, zone::Transport::tcp);
    const auto query = dns::read_query(received.message);
    if (!query) {
        ++counters_.dropped;
        return {};
    }
    return finish(received, *query, zone::answer(zone_, *query, zone::Transport::tcp, room),
                  zone::Transport::tcp);
}

base::Bytes Answerer::finish(const Received& received, const dns::Query& query, const zone::Reply& reply,
                             zone::Transport transport)
{
    counters_.reply(query, reply);
    if (privsep::log_shows(privsep::Level::info)) {
        query_log_.log(privsep::Level::info, describe(received.client, query, reply, transport),
                       received.now.count());
    }
    return reply.message;
}

} // namespace responder
