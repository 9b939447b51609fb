// A real child executable, started by the test in the supervisor's place, locked down and ready; and a
// debugger's hand that makes it issue any system call.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <variant>

#include "privsep/channel.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/control.h"
#include "tests/support/process.h"

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
    other,    ///< neither: something is wrong with the test
};

/// Makes `pid` issue the call, as a debugger can. What is left of it stays stopped until it is killed.
Fate issue(pid_t pid, const Call& call);

class LockedChild
{
public:
    /// `name`: "keeper", "updater" or "responder". Throws std::runtime_error where it does not get ready.
    explicit LockedChild(const std::string& name);
    ~LockedChild();
    LockedChild(const LockedChild&) = delete;
    LockedChild& operator=(const LockedChild&) = delete;

    pid_t pid() const noexcept { return pid_; }

private:
    void wait_until_ready();

    support::Folder folder_;
    privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor> control_;
    std::array<privsep::Channel, 2> peers_; ///< what the child talks to
    pid_t pid_ = -1;
};

} // namespace sandbox
