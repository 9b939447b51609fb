// A rate limit for log lines that clients cause. It is shared out, so that one network cannot hide the lines
// about others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "daemon/common/client_network.h"
#include "privsep/log.h"

namespace common
{

/// In ten seconds: at most `most` lines, `of_network` of them about a client network, and `of_area` about a
/// /16 of IPv4 or a /32 of IPv6, so that an attacker with many networks of one provider cannot hide the rest
/// either. Loopback addresses together have half of all, since a proxy there stands for many clients. The
/// first line of the next ten seconds is preceded by one that says how many were suppressed.
class NetworkLogLimit
{
public:
    static constexpr std::size_t most = 40;
    static constexpr std::size_t of_network = 5;
    static constexpr std::size_t of_area = 10;
    static constexpr std::int64_t period_ms = 10'000;

    /// Whether a line about this client may be logged; it counts as logged. `now_ms`: any monotonic clock.
    bool admits(const base::Address& client, std::int64_t now_ms)
    {
        if (now_ms - period_start_ms_ >= period_ms) {
            begin_period(now_ms);
        }
        if (networks_.size() == most || !has_share(client)) {
            ++suppressed_;
            return false;
        }
        networks_.push_back(origin_network(client));
        return true;
    }

private:
    void begin_period(std::int64_t now_ms) noexcept
    {
        if (suppressed_ != 0) {
            privsep::log(privsep::Level::notice, "{} similar lines were suppressed", {suppressed_});
        }
        period_start_ms_ = now_ms;
        networks_.clear();
        suppressed_ = 0;
    }
    bool has_share(const base::Address& client) const noexcept
    {
        if (is_loopback(client)) {
            return std::ranges::count_if(networks_, is_of_loopback) < std::ptrdiff_t{most / 2};
        }
        const ClientNetwork network = origin_network(client);
        const std::ptrdiff_t area_bytes = network[0] == 4 ? 1 + 2 : 1 + 4; // with the family
        std::size_t same_network = 0;
        std::size_t same_area = 0;
        for (const ClientNetwork& other : networks_) {
            const bool is_near = std::equal(network.begin(), network.begin() + area_bytes, other.begin());
            same_network += static_cast<std::size_t>(other == network);
            same_area += static_cast<std::size_t>(is_near);
        }
        return same_network < of_network && same_area < of_area;
    }
    static bool is_of_loopback(const ClientNetwork& network) noexcept
    {
        return network == ClientNetwork{6} || (network[0] == 4 && network[1] == 127); // that of ::1
    }

    std::vector<ClientNetwork> networks_; ///< of the lines of this period
    std::uint64_t suppressed_ = 0;
    std::int64_t period_start_ms_ = 0;
};

} // namespace common
