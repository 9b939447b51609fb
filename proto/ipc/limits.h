// Limits of what a config may give to a host, which the reader checks and the other processes rely on.
#pragma once

#include <cstddef>

namespace ipc
{

/// Secrets that open a host: its own and its groups'.
inline constexpr std::size_t max_secrets_of_host = 8;
/// Keys of a host that only set the challenge.
inline constexpr std::size_t max_challenge_keys = 4;
/// Networks from which a host or a group can be used.
inline constexpr std::size_t max_allowed_networks = 16;
inline constexpr std::size_t max_groups = 256;
/// Of all hosts together.
inline constexpr std::size_t max_followers = 256;
inline constexpr std::size_t max_trusted_proxies = 64;

} // namespace ipc
