// Binds the control socket, at which nanodnsctl finds the daemon.
#pragma once

#include <sys/types.h>

#include "daemon/supervisor/sockets.h"
#include "proto/ipc/config.h"

namespace supervisor
{

/// The group of a control socket whose group is not configured, if there is such a group.
inline constexpr const char* group_of_administrators = "nanodnsd-admin";

/// A listening SOCK_SEQPACKET socket at the path of `config`, with mode 0660. Its group is that of `config`;
/// if it names none, nanodnsd-admin, or else `own_group`; if it cannot have the second, logs a warning. A
/// socket that is left from a daemon that has exited is replaced. Ends the process with a message that says
/// what to do if there is another file, or if somebody serves the socket.
///
/// Nobody removes it at the end: the supervisor has no right to remove a file.
Sockets bind_control_socket(const Endpoint& endpoint, const ipc::ConfigSummary& config, gid_t own_group);

} // namespace supervisor
