// Which rows of the lists the real daemon uses: an outer tracer that sees every system call of every process,
// from before the first one starts until the last one has ended.
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
    static constexpr std::array<const char*, 5> processes{"supervisor", "keeper", "updater", "responder",
                                                          "reader"};

    CallCounter();
    ~CallCounter();
    CallCounter(const CallCounter&) = delete;
    CallCounter& operator=(const CallCounter&) = delete;

    /// To run in the process that is to become the daemon: what it starts is seen from then on.
    std::function<void()> before_exec();

    /// Waits until all that was watched has ended. False when patience ended.
    bool finish();

    /// Rows of list_of(process) that were used, by their text. For "supervisor", by whoever it started too:
    /// its filter lies below theirs.
    std::set<std::string> used(const std::string& process) const;
    /// Calls that were made under the filter of `process` and that no row lets pass.
    std::set<int> strangers(const std::string& process) const;

private:
    struct Counts;

    Counts* counts_;                         ///< shared with the tracer
    std::array<privsep::UniqueFd, 2> ended_; ///< a pipe; the tracer alone holds its second end
};

} // namespace sandbox
