// Signs what a handshake needs, and nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keyholder/openssl.h"
#include "proto/base/time.h"
#include "proto/ipc/handshake.h"

namespace keyholder
{

class Signer
{
public:
    explicit Signer(Key key) noexcept : key_(std::move(key)) {}

    /// The signature; empty if the content is not one of a handshake, if the key does not sign in that way,
    /// or if there were too many within a second.
    std::vector<std::uint8_t> sign(ipc::SignatureScheme scheme, base::Bytes content, base::Uptime now);

private:
    bool fits_key(ipc::SignatureScheme scheme, base::Bytes content) const noexcept;
    bool is_in_time(base::Uptime now) noexcept;

    Key key_;
    base::Uptime second_{}; ///< when it began
    std::uint32_t made_ = 0;
};

} // namespace keyholder
