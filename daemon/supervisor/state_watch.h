// Whether the state's names still lead to the files that are open: who writes to a file that was deleted or
// replaced loses what he writes with the next start.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "privsep/unique_fd.h"
#include "proto/base/time.h"

namespace supervisor
{

class StateWatch
{
public:
    static constexpr base::Uptime interval{1000};

    enum class Finding : std::uint8_t { in_place, gone, replaced };

    /// Of the files `path`.0 and `path`.1, or of files without names, which are always in place, if `path` is
    /// empty. Their descriptors must outlive it. `folder`: where they are, as it
    /// was opened with them; may be none. It is asked where the way to it may no longer be gone.
    StateWatch(const std::string& path, const std::array<privsep::UniqueFd, 2>& files,
               const privsep::UniqueFd& folder);

    /// Looks again; true where it finds something else than before. What it cannot find out counts as it
    /// was.
    bool look();
    Finding finding() const noexcept { return finding_; }
    /// One sentence on the last change, for the log.
    std::string describe() const;

private:
    Finding look_at(unsigned number) const noexcept;

    std::array<std::string, 2> paths_;
    bool has_names_;
    const std::array<privsep::UniqueFd, 2>& files_;
    const privsep::UniqueFd& folder_;
    Finding finding_ = Finding::in_place;
    unsigned which_ = 0; ///< the file that is not in place
};

} // namespace supervisor
