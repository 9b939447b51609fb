// Each process's list as the filter was made of it, and what a row means.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "privsep/sandbox.h"
#include "tests/sandbox/hand.h"

namespace sandbox
{

using Arguments = std::array<std::uint64_t, 6>;

/// What "keeper", "updater", "responder", "reader" or "supervisor" loads, with the rows that all have, but
/// for those that this architecture does not have.
std::vector<privsep::Syscall> list_of(const std::string& process);

/// Whether the conditions of the row hold.
bool holds(const privsep::Syscall& row, const Arguments& arguments);

/// Whether any row of the list lets the call pass.
bool permits(const std::vector<privsep::Syscall>& list, int number, const Arguments& arguments);

/// A call, and what a test says of it.
struct Named {
    std::string name;
    Call call;
};

/// Of each row a call that it lets pass, and that does nothing; but for those that end, fork or
/// wait for ever: exit_group(2), clone(2) and ppoll(2).
std::vector<Named> uses_of(const std::vector<privsep::Syscall>& list);

/// Of each condition of each row a call for each bit that the condition looks at, with that bit turned, that
/// no other row lets pass. Throws std::logic_error where a condition has none.
std::vector<Named> violations_of(const std::vector<privsep::Syscall>& list);

/// Every number that the list does not have, up to the newest call that this kernel has.
std::vector<Named> unlisted(const std::vector<privsep::Syscall>& list);

/// Numbers above all that the build's headers have, as calls of later kernels.
std::vector<Named> newer_than_the_build();

/// Every number of the tables of x32 and i386.
std::vector<Named> foreign();

/// How a row is named in what a test says: "recvmsg(arg0 & ffffffff == 3)".
std::string to_text(const privsep::Syscall& row);

} // namespace sandbox
