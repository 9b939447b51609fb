// The client of a trial.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace supervisor
{

inline constexpr const char* trial_zone = "trial.test"; ///< has the host "home"
inline constexpr const char* trial_token = "0123456789abcdef0123456789abcdef";

/// A loopback address that can be bound here; nullopt if there is none, or sockets are refused.
std::optional<std::string> trial_address();

struct TrialPorts {
    std::uint16_t udp = 0;
    std::uint16_t tcp = 0;
    std::uint16_t http = 0;
    std::uint16_t metrics = 0;
};

/// Sends an update over HTTP, queries for the result over UDP and TCP, and a request for the metrics, to
/// trial_address(). Returns which of them failed; empty if none.
std::string ask_in_trial(const TrialPorts& ports);

/// Begins a handshake of TLS with this port of trial_address(). Whether the answer has a signature.
bool has_signed_answer(std::uint16_t https);

} // namespace supervisor
