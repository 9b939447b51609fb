// The first steps of every child: takes the descriptors that it inherited and locks itself down.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "privsep/channel.h"
#include "privsep/mapping.h"
#include "privsep/sandbox.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/control.h"

namespace privsep
{

/// Where spawn() puts descriptors in a child. 0 and 1 are /dev/null, 2 is the log.
inline constexpr int control_fd = 3;
inline constexpr int setup_fd = 4;
inline constexpr int filter_fd = 5;
inline constexpr int root_fd = 6;     ///< an empty directory that no longer has a name
inline constexpr int counters_fd = 7; ///< a page of counters; open only if there is a console
inline constexpr int first_fd = 8;
/// The descriptor of a child's event loop. The filters allow waiting on this number only. The loop gets it
/// because it is the first to open a descriptor after the setup is closed.
inline constexpr int loop_fd = setup_fd;

using ControlChannel = TypedChannel<ipc::ChildToSupervisor, ipc::SupervisorToChild>;

struct Inherited {
    ControlChannel control;
    Mapping setup; ///< to be unmapped when it is decoded
    std::vector<UniqueFd> descriptors;
    UniqueFd root;
    std::uint64_t* counters = nullptr; ///< counter_page.h; nullptr: nobody reads what this process counts
    Sandbox sandbox;                   ///< to be entered last
};

/// Takes the descriptors that spawn() passed. Ends the process if one is missing, because it was started by
/// hand.
Inherited inherit();

/// The layers of the sandbox, as bits. The supervisor lets no child serve without required_layers.
enum class SandboxLayer : std::uint32_t {
    no_new_privileges = 1U << 0,
    no_capabilities = 1U << 1,
    not_dumpable = 1U << 2,
    seccomp = 1U << 3,
    // the others depend on the kernel and on the rights at the start
    empty_root = 1U << 8,
    empty_network = 1U << 9, ///< entered by the supervisor, whose network its children share
    landlock = 1U << 10,
    no_executable_memory = 1U << 11, ///< PR_SET_MDWE
    not_root = 1U << 12,             ///< neither real, effective nor saved uid is 0
};

/// The bits of the layers without which no child may serve.
inline constexpr std::uint32_t required_layers = static_cast<std::uint32_t>(SandboxLayer::no_new_privileges) |
                                                 static_cast<std::uint32_t>(SandboxLayer::no_capabilities) |
                                                 static_cast<std::uint32_t>(SandboxLayer::not_dumpable) |
                                                 static_cast<std::uint32_t>(SandboxLayer::seccomp) |
                                                 static_cast<std::uint32_t>(SandboxLayer::not_root);

/// Why this system does not have the layer, as far as this process can tell. Call it before the filter is
/// entered.
std::string why_missing(SandboxLayer layer);

/// Names of the layers that are not in `bits`, separated by ", ".
std::string missing_layers(std::uint32_t bits);

const char* name_of(SandboxLayer layer) noexcept;

/// What lock_down() does if the process runs as root. Only the first reader does: the user of the other
/// processes is in the config.
enum class Root : std::uint8_t {
    stays,         ///< SandboxLayer::not_root is missing
    becomes_nobody ///< become_nobody()
};

/// Changes to a uid and a gid that no user has; in a user namespace that does not map them, to 65534 or the
/// highest id below it that is mapped. Ends the process if it cannot.
void become_nobody();

/// Sets up all layers but the filter, which sandbox.enter() loads later: empty root, no privileges, no core
/// dump, no new processes, no access to files (Landlock). Also sets the process's name to `process`. Returns
/// the bits of the layers that are in place, with that of the filter. Ends the process if it cannot give up
/// its privileges.
std::uint32_t lock_down(const char* process, Inherited& inherited, Root root = Root::stays);

/// Limits the number of open descriptors, which includes those that are open now. Ends the process if it
/// cannot.
void limit_descriptors(unsigned most);

} // namespace privsep
