// What the daemon of a trial is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace supervisor
{

inline constexpr const char* trial_zone = "trial.test"; ///< has the host "home"
inline constexpr const char* trial_token = "0123456789abcdef0123456789abcdef";

/// A loopback address that can be bound here; none if the network has none, or is refused.
std::optional<std::string> trial_address();

struct TrialPorts {
    std::uint16_t udp = 0;
    std::uint16_t tcp = 0;
    std::uint16_t http = 0;
};

/// Makes an update over HTTP, and asks for it over UDP and TCP, at trial_address(). Which of them fails;
/// empty if none.
std::string ask_in_trial(const TrialPorts& ports);

} // namespace supervisor
