// What a process has needed to start, and does not need to serve.
#pragma once

namespace privsep
{

/// Gives back to the kernel the pages that are free now: of the heap, and of the stack below the caller,
/// where parsing a setup or making a filter has been. Four processes pay for each of them.
void give_back_memory() noexcept;

} // namespace privsep
