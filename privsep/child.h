// The first steps of every child: what it finds at its start, and how it locks itself down.
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
inline constexpr int root_fd = 6; ///< an empty directory that no longer has a name
inline constexpr int first_fd = 7;
/// Where a child's event loop comes to be, since it is the first to open anything once the setup is read. A
/// loop anywhere else could not wait: filters name this one.
inline constexpr int loop_fd = setup_fd;

using ControlChannel = TypedChannel<ipc::ChildToSupervisor, ipc::SupervisorToChild>;

struct Inherited {
    ControlChannel control;
    Mapping setup; ///< let go of it when it is decoded
    std::vector<UniqueFd> descriptors;
    UniqueFd root;
    Sandbox sandbox; ///< to be entered last
};

/// Takes over what spawn() left. Ends the process where something is missing: the executable was
/// started by hand.
Inherited inherit();

/// Defences that stand, as bits. The first group is required: without one of them a child does not start.
enum class SandboxLayer : std::uint32_t {
    no_new_privileges = 1U << 0,
    no_capabilities = 1U << 1,
    not_dumpable = 1U << 2,
    seccomp = 1U << 3,
    // as far as the kernel and the rights at start allow
    empty_root = 1U << 8,
    empty_network = 1U << 9, ///< seen to by the supervisor, whose network its children share
    landlock = 1U << 10,
    no_executable_memory = 1U << 11, ///< PR_SET_MDWE
    not_root = 1U << 12,             ///< neither real, effective nor saved uid is 0
};

/// The bits of those without which no process is let live, whoever starts it.
inline constexpr std::uint32_t required_layers = static_cast<std::uint32_t>(SandboxLayer::no_new_privileges) |
                                                 static_cast<std::uint32_t>(SandboxLayer::no_capabilities) |
                                                 static_cast<std::uint32_t>(SandboxLayer::not_dumpable) |
                                                 static_cast<std::uint32_t>(SandboxLayer::seccomp) |
                                                 static_cast<std::uint32_t>(SandboxLayer::not_root);

/// Why this system cannot have that layer, as far as this process knows. To be asked before the filter.
std::string why_missing(SandboxLayer layer);

/// Names of the layers that are not in `bits`, separated by ", ".
std::string missing_layers(std::uint32_t bits);

const char* name_of(SandboxLayer layer) noexcept;

/// What becomes of a child that is started by root. The supervisor is somebody else by then, and there is
/// none; but the config is read before anybody knows who that is to be.
enum class Root : std::uint8_t {
    stays,         ///< SandboxLayer::not_root does not stand
    becomes_nobody ///< become_nobody()
};

/// A uid and a gid that are given to nobody; in a user namespace without those, 65534 or the highest below it
/// that the namespace has. Ends the process where it cannot.
void become_nobody();

/// Everything but the filter: name (`process`), empty root, no privileges to be had, no core, no processes,
/// no access to files (Landlock). Returns the bits of the layers that are in place. Ends the process if a
/// required one is not.
std::uint32_t lock_down(const char* process, Inherited& inherited, Root root = Root::stays);

/// At most so many descriptors from now on, those that are open included. Ends the process where it cannot.
void limit_descriptors(unsigned most);

} // namespace privsep
