// Who may change a host: the secrets that open it besides its first token, and the networks from which they
// do. The tables are empty if no host has more than one token.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "proto/base/network.h"
#include "proto/base/secret.h"
#include "proto/base/token_hash.h"
#include "proto/ipc/limits.h"
#include "proto/ipc/setup.h"

namespace keeper
{

/// The number of a host that has an account: from 0, in the order in which hosts were added.
using HostNumber = std::uint32_t;

/// What a secret is used for.
enum class Purpose : std::uint8_t {
    addresses, ///< and prefixes
    challenge, ///< TXT at _acme-challenge.HOST
    account,   ///< the same by ipc::ChallengeAccount, for which no token is valid
};

/// The client that sent a secret. One that is not known is in no network.
struct Client {
    base::Address address;
    bool is_known = true;
};

class Credentials
{
public:
    Credentials();

    /// Adds what the account has besides its first token. False if it is over a limit of proto/ipc/limits.h.
    bool add(HostNumber host, const ipc::Account& account);
    /// Each of the tokens opens each of the hosts. False if a host then has too many secrets.
    bool add_group(const ipc::Group& group, std::span<const HostNumber> hosts);
    /// Call this after the last add(). `hosts`: their number; it is itself the number of no host.
    void finish(HostNumber hosts);

    /// Whether the token opens the host for this purpose and client. `first`: the host's first token, or a
    /// value that is not a digest. Runs the same number of instructions for every host, every purpose, every
    /// secret and every network, and for every wrong token of one length.
    bool open(HostNumber host, const base::TokenHash& first, const base::Token& token, const Client& client,
              Purpose purpose) const noexcept;

    /// Whether some of its secrets for this purpose open it from some networks only. For messages.
    bool has_networks(HostNumber host, Purpose purpose) const noexcept;

private:
    /// A network, or all addresses.
    struct Range {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        std::uint64_t high_mask = 0;
        std::uint64_t low_mask = 0;
        std::uint8_t family = 0;
        std::uint8_t family_mask = 0;
    };
    /// Some entries of networks_. By default the first one, which is everywhere.
    struct Networks {
        std::uint32_t at = 0;
        std::uint32_t count = 1;
    };
    struct Secret {
        base::TokenHash hash; ///< the default is not a digest
        Networks networks;
    };
    /// What a host has besides its first token. The numbers of secrets are entries of secrets_; 0: none.
    struct Lock {
        std::array<std::uint32_t, ipc::max_secrets_of_host> tokens{};
        std::array<std::uint32_t, ipc::max_challenge_keys> challenge_keys{};
        Networks networks;
        bool token_sets_challenge = false;
    };

    static Range range_of(const base::Network& network) noexcept;
    static Range range_of(const Client& client) noexcept;
    Networks add(std::span<const base::Network> networks);
    Lock& lock_of(HostNumber host);
    std::uint32_t add(const base::TokenHash& hash, Networks networks);
    unsigned is_in(const Networks& networks, const Range& client) const noexcept;

    std::vector<Range> networks_;
    std::vector<Secret> secrets_;
    std::vector<Lock> locks_;
    std::vector<std::uint32_t> lock_of_host_; ///< entries of locks_, by the host's number; empty: all are 0
};

} // namespace keeper
