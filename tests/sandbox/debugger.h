// A debugger for a running process. It makes the process issue any system call, as an attacker in it could,
// reports the result, and can let the process continue as if nothing had happened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <sys/user.h>

#include "proto/base/bytes.h"

namespace sandbox
{

/// Which system call table a number belongs to.
enum class Entry : std::uint8_t { x86_64, x32, i386 };

struct Call {
    std::int64_t number = 0;
    std::array<std::uint64_t, 6> arguments{};
    Entry entry = Entry::x86_64;
};

/// The result of making a process issue a call.
enum class Fate : std::uint8_t {
    killed,   ///< by SIGSYS, before the kernel did anything
    illegal,  ///< by SIGILL, from the kernel, which did nothing
    returned, ///< the call was allowed
    unknown,  ///< ENOSYS: as if the kernel had no such call
    other,    ///< none of these: an error in the test
};

/// As text, for test messages.
std::string to_text(Fate fate);

class Debugger
{
public:
    /// Seizes the process while it waits in a system call. Throws std::runtime_error.
    explicit Debugger(pid_t pid);
    /// Lets the process continue; waits for the exit of one that is being killed.
    ~Debugger();
    Debugger(const Debugger&) = delete;
    Debugger& operator=(const Debugger&) = delete;

    /// Makes the process issue the call, which its filter must allow. Returns the kernel's result; nullopt if
    /// the process died.
    std::optional<std::int64_t> issue(std::int64_t number, const std::array<std::uint64_t, 6>& arguments);

    /// Writes bytes to a room of 60000 bytes that the process does not use, `offset` bytes from its start.
    /// Returns their address.
    std::uint64_t put(base::Bytes bytes, std::size_t offset = 0);

    /// Makes the process start a copy of itself, as spawn() starts a child (privsep/spawn.h), and the copy
    /// issue the call. Returns the fate of the copy.
    Fate fate_of_copy(const Call& call);

private:
    Fate run_copy(pid_t copy, const Call& call) const;

    pid_t pid_;
    user_regs_struct registers_{}; ///< before the first call
};

/// Makes `pid` issue the call. If it survives, it stays stopped until it is killed.
Fate issue(pid_t pid, const Call& call);

} // namespace sandbox
