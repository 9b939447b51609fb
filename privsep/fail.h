// Exit after a fatal error: one line in the log, and exit status 1.
//
// The daemon has no exceptions. Invalid input is an error value; any other failure ends the process, and the
// supervisor or the service manager starts a new one. Unwind tables and code would be a fifth of the
// executables, and no code ever runs with a half-constructed object.
#pragma once

#include <initializer_list>

#include "proto/base/text.h"

namespace privsep
{

/// Logs one line and exits with status 1.
[[noreturn]] void fail(base::Pattern pattern, std::initializer_list<base::Piece> pieces = {}) noexcept;

/// If `done` is false, calls fail() with `what` and the text of errno.
void require(bool done, const char* what) noexcept;

/// For std::set_new_handler: logs an error without allocating memory, and exits with status 1.
[[noreturn]] void out_of_memory() noexcept;

/// From now on fail() replaces the content of this file by its line, and logs nothing.
void write_failure_to(int file) noexcept;

} // namespace privsep
