#include "daemon/supervisor/sandbox_report.h"

#include <algorithm>

#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::Wall;

} // namespace

void SandboxReport::add_reason(Wall wall, const std::string& why)
{
    if (!why.empty()) {
        reasons_.emplace_back(wall, why);
    }
}

std::string SandboxReport::reason_for(Wall wall) const
{
    const auto found = std::ranges::find(reasons_, wall, &std::pair<Wall, std::string>::first);
    return found == reasons_.end() ? "refused" : found->second;
}

std::string SandboxReport::text(std::uint32_t standing) const
{
    std::string missing;
    for (const Wall wall :
         {Wall::empty_root, Wall::empty_network, Wall::landlock, Wall::no_executable_memory}) {
        if ((standing & static_cast<std::uint32_t>(wall)) == 0) {
            missing += base::filled("{}{} ({})",
                                    {missing.empty() ? "" : "; ", privsep::name_of(wall), reason_for(wall)});
        }
    }
    return missing.empty() ? "sandbox: complete"
                           : "sandbox: incomplete, but all that is required is there. Missing: " + missing;
}

} // namespace supervisor
