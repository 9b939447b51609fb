// The channel to the keyholder, which signs for a handshake while it waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "privsep/channel.h"
#include "proto/ipc/handshake.h"

namespace updater_tls
{

/// OpenSSL wants a signature at once, so all connections wait for it, at most for `patience`. After a request
/// that was not answered in time, none is made until its answer is there: only one second is lost.
class KeyholderLink
{
public:
    using Channel = privsep::TypedChannel<ipc::UpdaterToKeyholder, ipc::KeyholderToUpdater>;
    static constexpr std::chrono::milliseconds usual_patience{1000};

    explicit KeyholderLink(Channel channel, std::chrono::milliseconds patience = usual_patience) noexcept
        : channel_(std::move(channel)), patience_(patience)
    {
    }

    /// Replaces the channel by one to a new keyholder.
    void attach(Channel channel) noexcept;
    /// The signature; empty if there is no keyholder, or if it refuses or does not answer. Ends the process
    /// if the keyholder sends an invalid message.
    std::vector<std::uint8_t> sign(ipc::SignatureScheme scheme, base::Bytes content);

private:
    bool take_answer(ipc::Signed& answer, std::chrono::steady_clock::time_point until);

    Channel channel_;
    std::chrono::milliseconds patience_;
    std::uint32_t last_id_ = 0;
    bool is_late_ = false; ///< the answer to the last request did not come in time
};

} // namespace updater_tls
