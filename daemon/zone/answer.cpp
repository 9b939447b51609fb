#include "daemon/zone/answer.h"

#include <algorithm>
#include <array>

#include "proto/base/text.h"

namespace zone
{

namespace
{

/// The most aliases that are followed, so that an answer is bounded for any zone. The config allows fewer.
constexpr unsigned max_aliases = 16;
/// The most records of one RRset whose targets' addresses are added.
constexpr std::size_t max_targets = 16;

/// The name that is looked up: QNAME, or the target of an alias.
struct Qname {
    base::Bytes name;
    std::size_t at = dns::Header::size; ///< its offset in the reply
};

Reply finished(dns::ReplyWriter& out, bool referral = false) noexcept
{
    const base::Bytes message = out.finish();
    const bool empty = out.rcode() == dns::Rcode::noerror && out.answers() == 0 && !referral;
    return {message, out.rcode(), out.truncated(), empty, referral};
}

bool is_transfer(dns::Type type) noexcept
{
    return type == dns::Type::axfr || type == dns::Type::ixfr;
}

/// RFC 4035 section 3.1.4.1: the parent zone answers for a delegation's DS records, also if there are none.
bool is_referral(const Match& match, dns::Type type) noexcept
{
    const bool is_ours = type == dns::Type::ds && match.cut_offset == 0;
    return match.place == Place::delegated && !is_ours;
}

const RRset* find_type(std::span<const RRset> rrsets, dns::Type type) noexcept
{
    for (const RRset& rrset : rrsets) {
        if (rrset.type == type && rrset.count != 0) {
            return &rrset;
        }
    }
    return nullptr;
}

/// Steps 3b and 6. `at`: the offset of `rrset` in the reply. Returns whether the addresses of all targets at
/// or below `delegation`, which may be null, fit.
bool add_addresses_of_targets(const Zone& zone, const RRset& rrset, std::size_t at, const Match* delegation,
                              dns::ReplyWriter& out) noexcept
{
    std::array<const RRset*, max_targets> done{};
    bool fits = true;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < max_targets && offset < rrset.size; ++i) {
        const Target target = zone.next_target(rrset, offset);
        const auto records = zone.records_at(target.name);
        if (records.empty() || std::ranges::find(done, records.data()) != done.end()) {
            continue;
        }
        done[i] = records.data();
        const bool needed =
            delegation != nullptr && zone.look_up(target.name).rrsets.data() == delegation->rrsets.data();
        for (const RRset& addresses : records) {
            if (is_address(addresses.type) && addresses.count != 0 &&
                !out.additional(zone.records(addresses), at + target.offset)) {
                fits = fits && !needed;
            }
        }
    }
    return fits;
}

/// Step 3b.
void add_referral(const Zone& zone, const Qname& qname, const Match& match, dns::ReplyWriter& out) noexcept
{
    const RRset* name_servers = find_type(match.rrsets, dns::Type::ns);
    const std::size_t at = out.size();
    if (name_servers == nullptr || !out.authority(zone.records(*name_servers), qname.at + match.cut_offset)) {
        return;
    }
    if (!add_addresses_of_targets(zone, *name_servers, at, &match, out)) {
        out.truncate(); // without glue the name server cannot be found (RFC 9471 section 3.1)
    }
}

void add_negative_soa(const Zone& zone, const Qname& qname, const Match& match,
                      dns::ReplyWriter& out) noexcept
{
    out.authority(zone.negative_soa(), qname.at + match.apex_offset);
}

/// Step 3a.
void add_matching(const Zone& zone, const Qname& qname, const Match& match, dns::Type type,
                  dns::ReplyWriter& out) noexcept
{
    const RRset* rrset = find_type(match.rrsets, type);
    if (rrset == nullptr) {
        add_negative_soa(zone, qname, match, out);
        return;
    }
    const std::size_t at = out.size();
    // a query for CNAME causes no additional records (RFC 1035 section 3.3.1)
    if (out.answer(zone.records(*rrset), qname.at) && has_target(type) && type != dns::Type::cname) {
        add_addresses_of_targets(zone, *rrset, at, nullptr, out);
    }
}

/// QTYPE ANY: one RRset or all of them.
void add_any(const Zone& zone, const Qname& qname, const Match& match, bool one_is_enough,
             dns::ReplyWriter& out) noexcept
{
    for (const RRset& rrset : match.rrsets) {
        if (rrset.count != 0 && (!out.answer(zone.records(rrset), qname.at) || one_is_enough)) {
            return;
        }
    }
    if (out.answers() == 0) {
        add_negative_soa(zone, qname, match, out);
    }
}

/// The alias to follow at a name, or null.
const RRset* find_alias(const Match& match, dns::Type type) noexcept
{
    const RRset* alias = match.place == Place::present ? find_type(match.rrsets, dns::Type::cname) : nullptr;
    return type == dns::Type::cname || type == dns::Type::any ? nullptr : alias;
}

/// Steps 3a and 3c: follows aliases within the zone. The last name decides the rest of the reply and its
/// rcode (RFC 6604 section 3). The config has no loop, but there is one while a wildcard's alias leads to a
/// host that has vanished, because the wildcard answers for it. Then the reply has each alias once, and no
/// last name. Not inlined: its room would cost each query instructions.
[[gnu::noinline]] void follow_aliases(const Zone& zone, const RRset* alias, dns::Type type, Qname& qname,
                                      Match& match, dns::ReplyWriter& out) noexcept
{
    const auto lowered = [](std::uint8_t byte) { return base::lower(byte); };
    std::array<base::Bytes, max_aliases> followed;
    for (auto next = followed.begin(); alias != nullptr; alias = find_alias(match, type)) {
        const std::size_t at = out.size();
        match = {};
        if (next == followed.end() || !out.answer(zone.records(*alias), qname.at)) {
            return;
        }
        *next++ = qname.name;
        std::size_t first = 0;
        const Target target = zone.next_target(*alias, first);
        if (std::any_of(followed.begin(), next, [&](base::Bytes name) {
                return std::ranges::equal(name, target.name, {}, lowered, lowered);
            })) {
            return;
        }
        qname = {target.name, at + target.offset};
        match = zone.look_up(qname.name);
    }
}

/// Returns whether the reply is a referral.
bool add_answer(const Zone& zone, const dns::Question& question, Transport transport,
                dns::ReplyWriter& out) noexcept
{
    const dns::Type type = question.type;
    const bool known_class = question.klass == dns::Class::in || question.klass == dns::Class::any;
    Qname qname{question.name};
    Match match = known_class ? zone.look_up(question.name, question.labels) : Match{};
    if (match.place == Place::outside || is_transfer(type)) {
        out.rcode(dns::Rcode::refused);
        return false;
    }
    if (question.klass == dns::Class::in && !is_referral(match, type)) {
        out.authoritative(); // it is about the name in the question (RFC 1035 section 4.1.1)
    }
    if (const RRset* alias = find_alias(match, type)) {
        follow_aliases(zone, alias, type, qname, match, out);
    }
    if (is_referral(match, type)) {
        add_referral(zone, qname, match, out);
        return out.answers() == 0;
    }
    if (match.place == Place::missing) {
        out.rcode(dns::Rcode::nxdomain);
    }
    if (match.place == Place::missing || match.place == Place::delegated) {
        add_negative_soa(zone, qname, match, out);
    } else if (match.place == Place::present && type == dns::Type::any) {
        add_any(zone, qname, match,
                transport == Transport::udp && zone.any_policy() == ipc::AnyPolicy::minimal, out);
    } else if (match.place == Place::present) {
        add_matching(zone, qname, match, type, out);
    }
    return false;
}

} // namespace

Reply answer(const Zone& zone, const dns::Query& query, Transport transport, base::MutableBytes room,
             const dns::ReplyOptions& options) noexcept
{
    dns::ReplyWriter out{query, room, dns::reply_limit(query, transport == Transport::udp), options};
    bool referral = false;
    if (query.error != dns::Rcode::noerror || !query.question) {
        out.rcode(query.error);
    } else {
        referral = add_answer(zone, *query.question, transport, out);
    }
    return finished(out, referral);
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
