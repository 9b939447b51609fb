#include "daemon/zone/answer.h"

namespace zone
{

namespace
{

Reply finished(dns::ReplyWriter& out) noexcept
{
    const base::Bytes message = out.finish();
    return {message, out.rcode(), out.truncated(), out.rcode() == dns::Rcode::noerror && out.answers() == 0};
}

void add_negative_soa(const Zone& zone, const Match& match, dns::ReplyWriter& out) noexcept
{
    const std::size_t soa = out.size();
    if (out.authority(zone.negative_soa())) {
        out.point_owner(soa, dns::Header::size + match.apex_offset);
    }
}

bool is_transfer(dns::Type type) noexcept
{
    return type == dns::Type::axfr || type == dns::Type::ixfr;
}

/// Step 3a: the records that the question asks for. False where there are none.
bool add_matching(const Zone& zone, const Match& match, dns::Type type, bool one_is_enough,
                  dns::ReplyWriter& out) noexcept
{
    bool found = false;
    for (const RRset& rrset : match.rrsets) {
        const bool asked = rrset.type == type || type == dns::Type::any;
        if (rrset.count == 0 || !asked) {
            continue;
        }
        found = true;
        if (!out.answer(zone.records(rrset)) || one_is_enough) {
            break;
        }
    }
    return found;
}

void add_answer(const Zone& zone, const dns::Question& question, Transport transport,
                dns::ReplyWriter& out) noexcept
{
    const bool known_class = question.klass == dns::Class::in || question.klass == dns::Class::any;
    const Match match = known_class ? zone.look_up(question.name) : Match{};
    if (match.place == Place::outside || is_transfer(question.type)) {
        out.rcode(dns::Rcode::refused);
        return;
    }
    if (question.klass == dns::Class::in) {
        out.authoritative();
    }
    if (match.place == Place::missing) {
        out.rcode(dns::Rcode::nxdomain);
        add_negative_soa(zone, match, out);
        return;
    }
    const bool one_is_enough = question.type != dns::Type::any ||
                               (transport == Transport::udp && zone.any_policy() == ipc::AnyPolicy::minimal);
    if (!add_matching(zone, match, question.type, one_is_enough, out)) {
        add_negative_soa(zone, match, out);
    }
}

} // namespace

Reply answer(const Zone& zone, const dns::Query& query, Transport transport, base::MutableBytes room,
             const dns::ReplyOptions& options) noexcept
{
    dns::ReplyWriter out{query, room, dns::reply_limit(query, transport == Transport::udp), options};
    if (query.error != dns::Rcode::noerror || !query.question) {
        out.rcode(query.error);
    } else {
        add_answer(zone, *query.question, transport, out);
    }
    return finished(out);
}

Reply truncated_answer(const dns::Query& query, base::MutableBytes room,
                       const dns::ReplyOptions& options) noexcept
{
    dns::ReplyWriter out{query, room, dns::reply_limit(query, true), options};
    out.rcode(query.error);
    out.truncate();
    return finished(out);
}

} // namespace zone
