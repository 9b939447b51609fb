// Frees memory that was only needed during the start of a process.
#pragma once

namespace privsep
{

/// Returns unused pages to the kernel: free pages of the heap, and pages of the stack below the caller, which
/// were used to parse a setup or to load a filter. Each process would otherwise keep them.
void trim_memory() noexcept;

} // namespace privsep
