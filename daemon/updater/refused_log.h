// The log of requests that are refused without asking the keeper. Any client can cause them, so the lines are
// limited. A request may have a token at any place: of its path and its host name only what does not look
// like one is logged, and of the rest nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/common/client_network.h"
#include "daemon/common/zeroed_table.h"
#include "proto/base/time.h"
#include "proto/http/update_api.h"

namespace updater
{

/// Counts by the minute. The first minute begins with the first request.
class RefusedLog
{
public:
    static constexpr base::Uptime period{60'000};
    static constexpr unsigned max_lines_of_network = 5; ///< of a client network in a period
    static constexpr std::size_t max_networks = 32;     ///< that have lines in a period

    /// Whether a line about this client may be logged now. If not, it is counted.
    bool admits(const base::Address& client, base::Uptime now);
    /// Once the period is over: logs how many lines were left out, and begins a new one.
    void report(base::Uptime now);
    /// Does so now.
    void report_at_once();
    /// Until report() has something to log; -1: it has not.
    int next_timeout_ms(base::Uptime now) const noexcept;

private:
    struct Entry {
        common::ClientNetwork network;
        unsigned lines;
        unsigned left_out;
    };

    common::ZeroedTable<Entry, max_networks> entries_;
    std::size_t used_ = 0;   ///< entries
    unsigned of_others_ = 0; ///< lines that were left out of networks without an entry
    bool left_some_out_ = false;
    base::Uptime ends_{};
};

/// The part of a path that does not look like a token: the first segment if it is shorter than 16 bytes, and
/// then those that are usual in the paths of update protocols. "..." stands for the rest.
std::string shown_path(std::string_view path);

/// The part of a host name that does not look like a token. Empty if it has no dot: then it may be one.
std::string shown_host(std::string_view host);

/// "ADDRESS: request for PATH of HOST: STATUS REASON". `path`: none if the request line is invalid; may be
/// empty.
std::string refused_line(const base::Address& client, std::optional<std::string_view> path,
                         const http::Refused& refused);

} // namespace updater
