// The checked config becomes what each child is to know of it, and no more: digests in place of tokens,
// sealed in memory that the child reads at its start.
#pragma once

#include <cstdint>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/config/config.h"
#include "proto/config/predecessor_state.h"
#include "proto/ipc/setup.h"

namespace supervisor
{

struct Setups {
    privsep::UniqueFd keeper;
    privsep::UniqueFd updater;
    std::vector<privsep::UniqueFd> responders; ///< one each
};

/// How many sockets each child gets.
struct SocketCounts {
    struct Dns {
        std::uint16_t tcp = 0;
        std::uint16_t udp = 0;
    };
    std::vector<Dns> workers; ///< one each, at least one
    bool are_shared = false;  ///< several workers read the same ones
    std::uint16_t http = 0;
};

/// A random one. Throws std::system_error.
base::SipKey make_cookie_secret();

/// `cookie_secret`: where the config gives none. Throws std::system_error where there is no memory for them.
Setups make_setups(const config::Config& config, const std::vector<config::SavedHost>& imported,
                   const SocketCounts& sockets, const ipc::LogSetup& log, const base::SipKey& cookie_secret);

} // namespace supervisor
