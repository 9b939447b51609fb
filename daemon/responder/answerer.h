// From a received message to the reply that is sent: what UDP and TCP have in common.
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
#include "proto/ipc/setup.h"

namespace responder
{

/// What the config says of how to answer.
struct Policy {
    std::uint32_t rate_limit = 0; ///< replies a second and client network; 0 is off
    ipc::CookiePolicy cookies = ipc::CookiePolicy::relaxed;
    std::vector<base::SipKey> cookie_secrets; ///< at least one; the first one makes cookies
    std::string nsid;                         ///< RFC 5001; empty: none
    base::Seconds tcp_timeout{3};             ///< told to who asks (RFC 7828)
};

/// Now, as cookies have it.
dns::CookieTime cookie_time() noexcept;

class Answerer
{
public:
    Answerer(zone::Zone zone, Policy policy, const base::SipKey& rate_limit_secret);
    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;

    zone::Zone& zone() noexcept { return zone_; }
    const Counters& counters() const noexcept { return counters_; }
    void reset_counters() noexcept { counters_ = {}; }

    struct Received {
        base::Bytes message;
        bool is_cut = false; ///< there was more than is in `message`
        const base::Address& client;
        base::Uptime now;
        dns::CookieTime cookie_time = 0;
    };

    /// The reply, in `room` (at least 512 bytes); empty where nothing is to be sent.
    base::Bytes answer_udp(const Received& received, base::MutableBytes room);
    base::Bytes answer_tcp(const Received& received, base::MutableBytes room);

private:
    dns::CookieWorth weigh_cookie(const Received& received, const dns::Query& query) noexcept;
    dns::ReplyOptions options_for(const Received& received, const dns::Query& query, dns::CookieWorth worth,
                                  zone::Transport transport) const noexcept;
    bool wants_a_cookie_first(const dns::Query& query, dns::CookieWorth worth,
                              common::Verdict verdict) const noexcept;
    base::Bytes finish(const Received& received, const dns::Query& query, const zone::Reply& reply,
                       zone::Transport transport);

    zone::Zone zone_;
    Policy policy_;
    common::RateLimit rate_limit_;
    Counters counters_;
    privsep::LogLimit query_log_{1000}; // a client decides how many lines there would be
};

} // namespace responder
