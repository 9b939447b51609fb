// Finds and opens the executables of the children.
#pragma once

#include <span>
#include <string>

#include "daemon/supervisor/resources.h"
#include "privsep/privileges.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// The path of this process's executable, with or without /proc; empty if it is not known.
std::string own_executable();

/// The folder of the children's executables, found from this process's own executable, so that the
/// installation can be moved. Ends with '/'.
std::string program_folder();

/// Ends the process with a message that says what to do. `error`: the errno of opening or running `program`.
[[noreturn]] void fail_without(const std::string& program, int error);

/// Opens the executables of the table's roles and of the reader. `filters`: one for each role, in the order
/// of the table, then the reader's.
Programs open_programs(const Table& table, std::span<privsep::UniqueFd> filters);

/// Ends the process with a message if `identity` may not run one of them. Root could open them all the same.
void require_right_to_run(const Programs& programs, const privsep::Identity& identity);

} // namespace supervisor
