// DNS cookies over UDP, from a daemon with cookies=strict.
#pragma once

#include <string>

#include "tests/support/daemon.h"

namespace support
{

/// The cookie that the daemon makes for a client.
std::string learn_cookie(const Daemon& daemon);

/// Whether the daemon answers a query with this cookie; if it does not accept it, the reply is BADCOOKIE.
bool accepts_cookie(const Daemon& daemon, const std::string& cookie);

} // namespace support
