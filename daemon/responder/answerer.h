// From a received message to the reply that is sent: what UDP and TCP have in common.
#pragma once

#include "daemon/common/rate_limit.h"
#include "daemon/responder/counters.h"
#include "daemon/zone/answer.h"
#include "daemon/zone/zone.h"
#include "privsep/log.h"
#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/time.h"

namespace responder
{

class Answerer
{
public:
    Answerer(zone::Zone zone, std::uint32_t rate_limit, const base::SipKey& rate_limit_secret);

    zone::Zone& zone() noexcept { return zone_; }
    const Counters& counters() const noexcept { return counters_; }
    void reset_counters() noexcept { counters_ = {}; }

    struct Received {
        base::Bytes message;
        bool is_cut = false; ///< there was more than is in `message`
        const base::Address& client;
        base::Uptime now;
    };

    /// The reply, in `room` (at least 512 octets); empty where nothing is to be sent.
    base::Bytes answer_udp(const Received& received, base::MutableBytes room);
    base::Bytes answer_tcp(const Received& received, base::MutableBytes room);

private:
    base::Bytes finish(const Received& received, const dns::Query& query, const zone::Reply& reply,
                       zone::Transport transport);

    zone::Zone zone_;
    common::RateLimit rate_limit_;
    Counters counters_;
    privsep::LogLimit query_log_{1000}; // a client decides how many lines there would be
};

} // namespace responder
