// The list of allowed calls of each process, from which its filter was made.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "privsep/sandbox.h"
#include "tests/sandbox/debugger.h"

namespace sandbox
{

using Arguments = std::array<std::uint64_t, 6>;

/// The list of "supervisor" or of an executable in libexec/nanodnsd, including the rows that all have,
/// without those that this architecture does not have.
std::vector<privsep::Syscall> list_of(const std::string& process);

/// Whether the call fulfils the conditions of the row.
bool holds(const privsep::Syscall& row, const Arguments& arguments);

/// Whether any row of the list allows the call.
bool permits(const std::vector<privsep::Syscall>& list, int number, const Arguments& arguments);

/// A call and its description for test messages.
struct Named {
    std::string name;
    Call call;
};

/// For each row a call that it allows and that has no effect, except for calls that exit, fork or wait:
/// exit_group(2), clone(2) and ppoll(2).
std::vector<Named> uses_of(const std::vector<privsep::Syscall>& list);

/// For each condition of each row, and each bit that it checks, a call with that bit inverted that no other
/// row allows. Throws std::logic_error if there is none for a condition.
std::vector<Named> violations_of(const std::vector<privsep::Syscall>& list);

/// The call with the number of the process that is to issue it, in place of privsep::own_pid. If
/// violations_of() has inverted a bit of that, the bit of the number is inverted.
Call in_process(Call call, pid_t pid);

/// Every call number that is not in the list, up to the newest call of this kernel.
std::vector<Named> unlisted(const std::vector<privsep::Syscall>& list);

/// Call numbers above all in the build's headers, like calls of later kernels.
std::vector<Named> newer_than_the_build();

/// Every call number of x32 and i386.
std::vector<Named> foreign();

/// A row as text, for test messages: "recvmsg(arg0 & ffffffff == 3)".
std::string to_text(const privsep::Syscall& row);

} // namespace sandbox
