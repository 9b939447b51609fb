// The table of processes: one row for each role. The supervisor starts, connects, names, watches, restarts
// and stops its children according to the rows. A new kind of process needs a row here, a folder
// daemon/<name>, and a header in proto/ipc for each of its channels.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "daemon/console/syscalls.h"
#include "daemon/keeper/syscalls.h"
#include "daemon/keyholder/syscalls.h"
#include "daemon/reader/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/updater/syscalls.h"
#include "privsep/sandbox.h"
#include "proto/ipc/config.h"
#include "proto/ipc/control.h"

namespace supervisor
{

/// How many children of a role there are.
enum class Count : std::uint8_t {
    one,
    one_per_worker,
    one_if_it_has_sockets, ///< none if no socket of its services is open, or the config wants none of them
};

/// The position of a child among those of its role.
struct Place {
    std::uint16_t index = 0;
    std::uint16_t count = 1;
};

/// How the children of the new configuration replace the old ones at a reload.
enum class Handover : std::uint8_t {
    overlapping, ///< the old ones serve until the new overlapping children are ready
    in_turn,     ///< the new ones start when all old in_turn children have exited
};

struct Role {
    ipc::Role id{};                           ///< how messages name it
    const char* name = "";                    ///< libexec/nanodnsd/<name>, and nanodnsd-<name> in ps(1)
    std::span<const privsep::Syscall> filter; ///< its own system calls
    Count count = Count::one;
    std::span<const ipc::Service> services{};     ///< it inherits their sockets, in this order
    bool holds_sockets = true;                    ///< if not, `services` only decide whether there is one
    bool holds_state = false;                     ///< it inherits the state files, after the sockets
    std::span<const ipc::ConfiguredFile> files{}; ///< it inherits copies of them, after the state files
    bool reports_peers = false;                   ///< it may send ipc::PeerReport, since its peers trust it
    bool administers = false;                     ///< it may send the requests of proto/ipc/supervision.h
    bool has_statistics = false;                  ///< it logs its counters at SIGUSR1
    bool counts = false;                          ///< it gets a page of counters, if a role reads them
    bool reads_counters = false;                  ///< it inherits all pages to read, after its channels
    bool makes_cookies = false;                   ///< it gets ipc::CookieSecrets
    Handover handover = Handover::in_turn;
    bool starts_last = false;    ///< in turn, and not before all others serve: its clients see a reload done
    std::uint8_t stop_order = 0; ///< it stops after all children with a lower number have exited
    /// Its clients may delay its exit for twice this time, to send and to be answered; nullptr: it has none.
    base::Seconds ipc::ConfigSummary::*client_timeout = nullptr;
};

/// A channel between each child of one role and each child of the other, or between each two children of the
/// same role. A child inherits its channels after the sockets and the files, in the order of the edges and of
/// its peers' indexes.
struct Edge {
    ipc::Role one{};
    ipc::Role other{};
};

/// All that the supervisor knows about roles.
struct Table {
    std::span<const Role> roles; ///< children are started in this order
    std::span<const Edge> edges;
};

inline constexpr auto dns_services = std::to_array({ipc::Service::dns_udp, ipc::Service::dns_tcp});
inline constexpr auto http_services = std::to_array({ipc::Service::http});

inline constexpr auto https_services = std::to_array({ipc::Service::https});
inline constexpr auto key_files = std::to_array({ipc::ConfiguredFile::certificate, ipc::ConfiguredFile::key});
inline constexpr std::span certificate_files = std::span{key_files}.first<1>();

inline constexpr auto console_services = std::to_array({ipc::Service::control, ipc::Service::metrics});

inline constexpr auto role_rows = std::to_array<Role>({
    {.id = ipc::Role::responder,
     .name = "responder",
     .filter = responder::syscalls,
     .count = Count::one_per_worker,
     .services = dns_services,
     .has_statistics = true,
     .counts = true,
     .makes_cookies = true,
     .handover = Handover::overlapping,
     .stop_order = 3,
     .client_timeout = &ipc::ConfigSummary::tcp_timeout},
    {.id = ipc::Role::updater,
     .name = "updater",
     .filter = updater::syscalls,
     .count = Count::one_if_it_has_sockets,
     .services = http_services,
     .counts = true,
     .stop_order = 1,
     .client_timeout = &ipc::ConfigSummary::http_timeout},
    {.id = ipc::Role::keeper,
     .name = "keeper",
     .filter = keeper::syscalls,
     .holds_state = true,
     .reports_peers = true,
     .counts = true,
     .stop_order = 2},
    {.id = ipc::Role::updater_tls,
     .name = "updater-tls",
     .filter = updater::tls_syscalls,
     .count = Count::one_if_it_has_sockets,
     .services = https_services,
     .files = certificate_files,
     .counts = true,
     .stop_order = 1,
     .client_timeout = &ipc::ConfigSummary::https_timeout},
    // overlapping, because a reload waits for its verdict on the files
    {.id = ipc::Role::keyholder,
     .name = "keyholder",
     .filter = keyholder::syscalls,
     .count = Count::one_if_it_has_sockets,
     .services = https_services,
     .holds_sockets = false,
     .files = key_files,
     .reports_peers = true,
     .handover = Handover::overlapping,
     .stop_order = 2},
    {.id = ipc::Role::console,
     .name = "console",
     .filter = console::syscalls,
     .count = Count::one_if_it_has_sockets,
     .services = console_services,
     .administers = true,
     .reads_counters = true,
     .starts_last = true,
     .stop_order = 1},
});

inline constexpr auto edge_rows = std::to_array<Edge>({
    {ipc::Role::keeper, ipc::Role::updater},
    {ipc::Role::keeper, ipc::Role::updater_tls},
    {ipc::Role::keeper, ipc::Role::console},
    {ipc::Role::keeper, ipc::Role::responder},
    {ipc::Role::keyholder, ipc::Role::updater_tls},
});

inline constexpr Table processes{role_rows, edge_rows};

/// The reader is not in the table: it is started for one config, and the supervisor waits for it
/// (config_reader.h).
inline constexpr const char* reader_name = "reader";
inline constexpr std::span<const privsep::Syscall> reader_filter{reader::syscalls};

} // namespace supervisor
