// The executables of the children: where they are, and whether they can be started.
#pragma once

#include <span>
#include <string>

#include "daemon/supervisor/resources.h"
#include "privsep/privileges.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// Our own executable, whether there is a /proc or not; empty where nobody knows.
std::string own_executable();

/// Where the children's executables are: beside our own, wherever all of it is installed. Ends with '/'.
std::string program_folder();

[[noreturn]] void fail_without(const std::string& program, int error);

/// Opens the executables of the table's roles and of the reader. `filters`: of the roles, in the order of the
/// table, then of the reader.
Programs open_programs(const Table& table, std::span<privsep::UniqueFd> filters);

/// Ends the process with one sentence where this user may not run one of them, which root did not notice.
void require_right_to_run(const Programs& programs, const privsep::Identity& identity);

} // namespace supervisor
