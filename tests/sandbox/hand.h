// A debugger's hand in a live process: it makes the process issue any system call, as one that is broken into
// could, sees what becomes of it, and can let the process go on as if nothing had been.
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

/// What became of a process that was made to issue a call.
enum class Fate : std::uint8_t {
    killed,   ///< by SIGSYS, before the kernel did anything
    illegal,  ///< by SIGILL, from the kernel, which did nothing
    returned, ///< the call was allowed
    unknown,  ///< ENOSYS: to the process, the kernel has no such call
    other,    ///< neither: something is wrong with the test
};

/// In words, for what a test says.
std::string to_text(Fate fate);

class Hand
{
public:
    /// Seizes the process, where it waits in a system call. Throws std::runtime_error.
    explicit Hand(pid_t pid);
    /// Lets it go on where it was; waits for the end of one that is dying.
    ~Hand();
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;

    /// Makes it issue the call, which its filter must allow: what the kernel returns, or nothing where it
    /// died meanwhile.
    std::optional<std::int64_t> issue(std::int64_t number, const std::array<std::uint64_t, 6>& arguments);

    /// Puts bytes where the process will not look, `offset` bytes from the beginning of that room of 60000;
    /// their address.
    std::uint64_t put(base::Bytes bytes, std::size_t offset = 0);

    /// Makes it fork, which its filter must allow, and the copy issue the call: what becomes of the copy.
    Fate fate_of_copy(const Call& call);

private:
    pid_t pid_;
    user_regs_struct registers_{}; ///< as they were found
};

/// Makes `pid` issue the call. What is left of it stays stopped until it is killed.
Fate issue(pid_t pid, const Call& call);

} // namespace sandbox
