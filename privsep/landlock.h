// The empty Landlock ruleset: no file may be opened any more, and where the kernel knows how, no port
// bound, no signal sent and no abstract socket connected outside of the process (landlock(7)).
#pragma once

namespace privsep
{

/// False, with errno, where the kernel has none or a launcher refuses it.
bool has_landlock() noexcept;

/// False where the kernel has no Landlock. Needs no_new_privs. Descriptors that are open stay usable.
bool deny_files() noexcept;

} // namespace privsep
