// Counts which rows of the filters the real daemon uses. An outer tracer sees every system call of every
// process, from the start of the first one to the exit of the last one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "privsep/unique_fd.h"

namespace sandbox
{

class CallCounter
{
public:
    /// In the order of the counts.
    static constexpr std::array<const char*, 8> processes{
        "supervisor", "keeper", "updater", "responder", "reader", "updater-tls", "keyholder", "console"};

    CallCounter();
    ~CallCounter();
    CallCounter(const CallCounter&) = delete;
    CallCounter& operator=(const CallCounter&) = delete;

    /// Call this in the process that becomes the daemon: all processes that it starts are traced.
    std::function<void()> before_exec();

    /// Waits until all traced processes have exited. False if that takes longer than `patience`.
    bool finish();

    /// The rows of list_of(process) that were used, as text. For "supervisor" also those used by its
    /// children, since its filter applies to them too.
    std::set<std::string> used(const std::string& process) const;
    /// Calls under the filter of `process` that no row allows.
    std::set<int> strangers(const std::string& process) const;

private:
    struct Counts;

    Counts* counts_;                         ///< shared with the tracer
    std::array<privsep::UniqueFd, 2> ended_; ///< a pipe; only the tracer holds its second end
};

} // namespace sandbox
