// Makes the reply to a received message, over UDP or TCP.
#pragma once

#include "daemon/common/rate_limit.h"
#include "daemon/responder/counters.h"
#include "daemon/zone/answer.h"
#include "daemon/zone/zone.h"
#include "privsep/log.h"
#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/secret.h"
#include "proto/base/time.h"
#include "proto/dns/cookie.h"
#include "proto/ipc/control.h"
#include "proto/ipc/setup.h"

namespace responder
{

/// The parts of the config that decide how queries are answered.
struct Policy {
    std::uint32_t rate_limit = 0; ///< of common::RateLimit; 0: no limit
    ipc::CookiePolicy cookies = ipc::CookiePolicy::relaxed;
    std::vector<base::SipKey> cookie_secrets; ///< new cookies use the first; none: use() is called first
    std::string nsid;                         ///< RFC 5001; empty: none
    base::Seconds tcp_timeout{3};             ///< sent to clients that ask for it (RFC 7828)
    common::Responders responders{};          ///< this one and the others
};

/// The current time in the form that cookies use.
dns::CookieTime cookie_time() noexcept;

class Answerer
{
public:
    /// `counters`: see common::Tally.
    Answerer(zone::Zone zone, Policy policy, const base::SipKey& rate_limit_secret,
             std::uint64_t* counters = nullptr);
    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;

    zone::Zone& zone() noexcept { return zone_; }
    Counters counters() const noexcept { return tally_.counters(); }
    void reset_counters() noexcept { tally_.set_reported(); }
    /// For DNS over TCP.
    common::ConnectionTally connections() noexcept
    {
        return common::ConnectionTally{tally_.at(common::OfResponder::connections)};
    }
    bool has_cookie_secrets() const noexcept { return !policy_.cookie_secrets.empty(); }
    /// Replaces the secrets of cookies. Nothing may be answered before there are some.
    void use(const ipc::CookieSecrets& secrets);

    struct Received {
        base::Bytes message;
        bool is_truncated = false; ///< the datagram was longer than `message`
        const base::Address& client;
        base::Uptime now;
        dns::CookieTime cookie_time = 0;
    };

    /// The reply, in `room` (at least 512 bytes); empty if there is no reply.
    base::Bytes answer_udp(const Received& received, base::MutableBytes room);
    base::Bytes answer_tcp(const Received& received, base::MutableBytes room);

private:
    dns::CookieStatus check_cookie(const Received& received, const dns::Query& query,
                                   zone::Transport transport) noexcept;
    dns::ReplyOptions options_for(const Received& received, const dns::Query& query, dns::CookieStatus worth,
                                  zone::Transport transport) const noexcept;
    common::Verdict check_limit(const Received& received, dns::CookieStatus worth, bool is_strict) noexcept;
    void wipe_cookie_secrets() noexcept;
    base::Bytes finish(const Received& received, const dns::Query& query, const zone::Reply& reply,
                       zone::Transport transport);

    zone::Zone zone_;
    Policy policy_;
    common::RateLimit rate_limit_;
    Tally tally_;
    privsep::LogLimit query_log_{1000}; // lines per interval: clients decide how many there would be
};

} // namespace responder
