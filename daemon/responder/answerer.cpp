#include "daemon/responder/answerer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/common/clock.h"
#include "proto/base/text.h"
#include "proto/dns/text.h"

namespace responder
{

namespace
{

using common::Seen;
using Slot = common::OfResponder;

[[gnu::cold]] std::string describe(const base::Address& client, const dns::Query& query,
                                   const zone::Reply& reply, zone::Transport transport)
{
    std::string text = base::to_text(client);
    text += transport == zone::Transport::udp ? " udp" : " tcp";
    if (query.question) {
        base::Reader in{query.question->name};
        base::append(text, " {} {}", {dns::Name::read(in).to_text(), dns::to_text(query.question->type)});
    }
    base::append(text, ": {}{}", {dns::to_text(reply.rcode), reply.truncated ? ", truncated" : ""});
    return text;
}

/// RFC 7873 section 5.2.3. A query without a question only asks for a cookie, so it gets a normal reply.
bool can_learn_a_cookie(const dns::Query& query) noexcept
{
    return query.edns && query.edns->cookie && query.question && query.error == dns::Rcode::noerror;
}

} // namespace

dns::CookieTime cookie_time() noexcept
{
    return static_cast<dns::CookieTime>(common::wall_time().time_since_epoch().count());
}

Answerer::Answerer(zone::Zone zone, Policy policy, const base::SipKey& rate_limit_secret,
                   std::uint64_t* counters)
    : zone_(std::move(zone)), policy_(std::move(policy)),
      rate_limit_(policy_.rate_limit, rate_limit_secret, policy_.responders), tally_(counters)
{
}

Answerer::~Answerer()
{
    wipe_cookie_secrets();
}

void Answerer::use(const ipc::CookieSecrets& secrets)
{
    wipe_cookie_secrets();
    policy_.cookie_secrets.reserve(2); // so that none is copied when the second is added
    policy_.cookie_secrets.assign(1, secrets.current);
    if (secrets.has_previous) {
        policy_.cookie_secrets.push_back(secrets.previous);
    }
}

void Answerer::wipe_cookie_secrets() noexcept
{
    for (base::SipKey& secret : policy_.cookie_secrets) {
        base::wipe(secret);
    }
}

/// Counts the message, too.
dns::CookieStatus Answerer::check_cookie(const Received& received, const dns::Query& query,
                                         zone::Transport transport) noexcept
{
    const base::Address& client = received.client;
    if (!query.edns) {
        tally_.came(client, transport, Seen::without_edns);
        return dns::CookieStatus::none;
    }
    if (!query.edns->cookie) {
        if (query.edns->cookie_is_malformed) [[unlikely]] {
            tally_.came(client, transport, Seen::malformed_cookie);
        } else {
            tally_.came(client, transport, Seen::without_cookie);
        }
        return dns::CookieStatus::none;
    }
    const dns::CookieOption& cookie = *query.edns->cookie;
    if (cookie.server.empty()) {
        tally_.came(client, transport, Seen::client_cookie);
        return dns::CookieStatus::none;
    }
    const auto worth = dns::check_server_cookie(policy_.cookie_secrets, cookie, client, received.cookie_time);
    if (worth == dns::CookieStatus::none) [[unlikely]] {
        tally_.came(client, transport, Seen::invalid_cookie);
    } else {
        tally_.came(client, transport, Seen::valid_cookie);
    }
    return worth;
}

/// A valid cookie that is recent enough is returned unchanged; otherwise the reply has a fresh one.
dns::ReplyOptions Answerer::options_for(const Received& received, const dns::Query& query,
                                        dns::CookieStatus worth, zone::Transport transport) const noexcept
{
    dns::ReplyOptions options;
    if (!query.edns) {
        return options;
    }
    if (query.edns->cookie) {
        const dns::CookieOption& asked = *query.edns->cookie;
        dns::ServerCookie cookie{};
        if (worth == dns::CookieStatus::valid) {
            std::copy(asked.server.begin(), asked.server.end(), cookie.begin());
        } else {
            cookie = dns::make_server_cookie(policy_.cookie_secrets.front(), asked, received.client,
                                             received.cookie_time);
        }
        options.cookie.emplace(asked.client, cookie);
    }
    if (query.edns->asks_nsid) {
        options.nsid = base::as_bytes(policy_.nsid);
    }
    if (query.edns->asks_keepalive && transport == zone::Transport::tcp) { // RFC 7828 section 3.2.2
        constexpr std::int64_t most = 0xFFFF;
        options.keepalive = static_cast<std::uint16_t>(std::min(policy_.tcp_timeout.count() * 10, most));
    }
    return options;
}

common::Verdict Answerer::check_limit(const Received& received, dns::CookieStatus worth,
                                      bool is_strict) noexcept
{
    if (is_strict) {
        return common::Verdict::send;
    }
    const auto proof = worth == dns::CookieStatus::none ? common::Proof::none : common::Proof::cookie;
    return rate_limit_.check(received.client, proof, received.now);
}

base::Bytes Answerer::answer_udp(const Received& received, base::MutableBytes room)
{
    constexpr auto udp = zone::Transport::udp;
    auto query = dns::read_query(received.message);
    if (!query) {
        tally_.unreadable(received.client, udp);
        return {};
    }
    if (received.is_truncated && query->error == dns::Rcode::noerror) {
        query->error = dns::Rcode::formerr; // the missing part may change the meaning
    }
    const dns::CookieStatus worth = check_cookie(received, *query, udp);
    const bool can_learn = worth == dns::CookieStatus::none && can_learn_a_cookie(*query);
    const bool is_strict = can_learn && policy_.cookies == ipc::CookiePolicy::strict;
    const common::Verdict verdict = check_limit(received, worth, is_strict);
    // whatever the limit says: the reply is at most 16 bytes longer than the query, and is charged to nobody
    const bool is_badcookie = is_strict || (can_learn && verdict != common::Verdict::send);
    if (verdict == common::Verdict::drop && !is_badcookie) {
        tally_.count(query->edns ? Slot::limited_drop_with_edns : Slot::limited_drop);
        return {};
    }
    dns::ReplyOptions options = options_for(received, *query, worth, udp);
    if (is_badcookie) {
        query->error = dns::Rcode::badcookie;
        options.nsid = {};
        tally_.count(Slot::limited_badcookie, std::uint64_t{verdict != common::Verdict::send});
    }
    const bool is_truncated = verdict == common::Verdict::truncate && !is_badcookie;
    tally_.count(Slot::limited_truncate, std::uint64_t{is_truncated});
    const zone::Reply reply = is_truncated ? zone::truncated_answer(*query, room, options)
                                           : zone::answer(zone_, *query, udp, room, options);
    if (!is_badcookie) {
        rate_limit_.charge(reply.message.size());
    }
    return finish(received, *query, reply, udp);
}

base::Bytes Answerer::answer_tcp(const Received& received, base::MutableBytes room)
{
    constexpr auto tcp = zone::Transport::tcp;
    const auto query = dns::read_query(received.message);
    if (!query) {
        tally_.unreadable(received.client, tcp);
        return {};
    }
    const dns::CookieStatus worth = check_cookie(received, *query, tcp);
    return finish(received, *query,
                  zone::answer(zone_, *query, tcp, room, options_for(received, *query, worth, tcp)), tcp);
}

base::Bytes Answerer::finish(const Received& received, const dns::Query& query, const zone::Reply& reply,
                             zone::Transport transport)
{
    tally_.answered(query, reply);
    if (privsep::log_shows(privsep::Level::info)) {
        query_log_.log(privsep::Level::info, describe(received.client, query, reply, transport),
                       received.now.count());
    }
    return reply.message;
}

} // namespace responder
