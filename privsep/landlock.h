// A Landlock ruleset without any rights (landlock(7)): no file can be opened. Newer kernels also deny to bind
// TCP ports, to send signals to other processes and to connect to abstract sockets.
#pragma once

namespace privsep
{

/// False, with errno, if the kernel has no Landlock or a filter denies its calls.
bool has_landlock() noexcept;

/// False if the kernel has no Landlock. Needs no_new_privs. Open descriptors stay usable.
bool deny_files() noexcept;

} // namespace privsep
