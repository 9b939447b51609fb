// The exit statuses of nanodnsctl.
#pragma once

#include <cstdint>
#include <string>

namespace ctl
{

enum class Exit : std::uint8_t {
    done = 0,
    failed = 1, ///< refused, or not possible now
    usage = 2,
    nobody_serves = 3, ///< the socket
    no_such_host = 4,
    no_permission = 5, ///< for the socket
};

/// Why a command ends early: one sentence without a dot at its end, for stderr.
struct Failure {
    Exit status = Exit::failed;
    std::string text;
    bool is_other_protocol = false; ///< of the daemon: this program cannot talk to it, now or later
};

} // namespace ctl
