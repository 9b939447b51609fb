// The answer of the daemon about itself, and what of it deserves attention.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ctl/bus.h"
#include "ctl/names.h"
#include "ctl/terminal.h"
#include "proto/base/time.h"
#include "proto/ipc/admin.h"

namespace ctl
{

namespace admin = ipc::admin;

struct Status {
    std::string version;
    Names names;
    admin::StatusDaemon daemon;
    std::optional<admin::StatusCertificate> certificate;
    std::vector<admin::StatusSocket> sockets;
    std::vector<admin::StatusProcess> processes;
    std::vector<admin::HostRow> needy;   ///< hosts that are overdue, or were refused since their last success
    std::optional<Manager> manager;      ///< none: there is no bus
    std::optional<std::uint64_t> memory; ///< bytes that only the processes use; none: not known
};

/// "responder", or "responder-1" if there are several.
std::string name_of(const admin::StatusProcess& process, const Status& status);
/// "complete", or which layers are missing.
std::string sandbox_of(const admin::StatusProcess& process);
/// One sentence each, the most urgent first.
std::vector<std::string> attention(const Status& status, base::UnixTime now);

std::string as_text(const Status& status, base::UnixTime now, const Terminal& terminal, unsigned columns);
std::string as_json(const Status& status, base::UnixTime now);

/// The private memory of a process in bytes, from proc(5). None if there is no such process of nanodnsd in
/// our PID namespace.
std::optional<std::uint64_t> private_memory(std::uint32_t pid);

} // namespace ctl
