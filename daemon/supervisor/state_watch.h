// Checks that the paths of the state still lead to the open files. What is written to a deleted or replaced
// file is lost at the next start.
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

    /// Watches `path`.0 and `path`.1, open as `files`; if `path` is empty, the files have no names and are
    /// always in place. `folder`: their folder, opened at the start, or none; used if the path to it can no
    /// longer be searched. `files` and `folder` must outlive this.
    StateWatch(const std::string& path, const std::array<privsep::UniqueFd, 2>& files,
               const privsep::UniqueFd& folder);

    /// Checks again; true if the finding has changed. If it cannot check, the finding stays the same.
    bool look();
    Finding finding() const noexcept { return finding_; }
    /// A message for the log about the last change.
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
