// The account of an acme-dns client: the updater passes it on, the keeper looks for its host, and the reader
// prints it.
#pragma once

#include <array>
#include <cstdint>

namespace ipc
{

/// The account of an acme-dns client, instead of the names of hosts. The secret is its key.
struct ChallengeAccount {
    std::array<std::uint8_t, 16> user{};      ///< a UUID
    std::array<std::uint8_t, 16> subdomain{}; ///< a UUID
    static void fields(auto& m, auto& code)
    {
        code(m.user);
        code(m.subdomain);
    }
    friend bool operator==(const ChallengeAccount&, const ChallengeAccount&) = default;
};

} // namespace ipc
