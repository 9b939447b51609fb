// The end of a process that cannot go on: one clear line in the log, and the exit status 1.
//
// Nothing is thrown and nothing is unwound, here and in all of the daemon: input fails as a value, and what
// else fails ends the process, which its supervisor or the service manager replaces. The executables hold no
// tables to unwind with, and no code for it, which would be a fifth of them; and there is no half of an
// object that anybody could go on with.
#pragma once

#include <initializer_list>

#include "proto/base/text.h"

namespace privsep
{

/// Logs one line and ends the process.
[[noreturn]] void fail(base::Pattern pattern, std::initializer_list<base::Piece> pieces = {}) noexcept;

/// fail() with `what`, and with what errno says, unless it is done.
void require(bool done, const char* what) noexcept;

/// For std::set_new_handler: fail(), where there is no memory.
[[noreturn]] void out_of_memory() noexcept;

/// From now on fail() writes its line into this file, in place of what is there, and says nothing in the log.
void fail_into(int file) noexcept;

} // namespace privsep
