// The checked config becomes what each child is to know of it, and no more: digests in place of tokens,
// sealed in memory that the child reads at its start.
#pragma once

#include <cstdint>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/base/siphash.h"
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

/// A random one.
base::SipKey make_cookie_secret();

/// Makes the setups of one config one after the other, so that a child can start while the next one's is
/// made. What is referred to must outlive this. All end the process where there is no memory
/// for them.
class SetupMaker
{
public:
    SetupMaker(const config::Config& config, const SocketCounts& sockets, const ipc::LogSetup& log) noexcept;

    /// One each. `cookie_secret`: where the config gives none.
    std::vector<privsep::UniqueFd> responders(const base::SipKey& cookie_secret) const;
    privsep::UniqueFd updater() const;
    /// `imported`: where there is no state yet. `responder`: one that responders() has made.
    privsep::UniqueFd keeper(const std::vector<config::SavedHost>& imported,
                             const privsep::UniqueFd& responder) const;

private:
    const config::Config& config_;
    const SocketCounts& sockets_;
    const ipc::LogSetup& log_;
};

} // namespace supervisor
