// Finds the facts for the checks: asks the daemon, the system bus and the daemon's own addresses by DNS, and
// reads proc(5) and files. Nothing is changed, and nothing is sent to another machine.
#pragma once

#include "ctl/context.h"
#include "ctl/doctor/facts.h"
#include "ctl/doctor/proc.h"

namespace ctl::doctor
{

Facts collect(const Context& context);

// The parts of collect(), each in a file of its name.

/// The answers of the daemon over its control socket.
void ask_daemon(const Context& context, Facts& facts);
/// After the questions by DNS: the serial may have grown, and the name servers are known.
void ask_daemon_again(const Context& context, Facts& facts);

/// The configuration, what `nanodnsd -n` says of it, and the files that it names.
void read_config(const Context& context, const MainProcess& process, Facts& facts);
/// The state, before `nanodnsd -n` looks at it.
void look_at_state(const MainProcess& process, Facts& facts);

/// Who listens on the ports of DNS.
void look_at_listeners(const MainProcess& process, Facts& facts);
/// What the daemon answers on its own addresses.
void ask_by_dns(Facts& facts);

} // namespace ctl::doctor
