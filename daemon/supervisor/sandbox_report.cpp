#include "daemon/supervisor/sandbox_report.h"

#include <algorithm>

#include "proto/base/text.h"

namespace supervisor
{

using privsep::SandboxLayer;

void SandboxReport::add_reason(SandboxLayer layer, const std::string& why)
{
    if (!why.empty()) {
        reasons_.emplace_back(layer, why);
    }
}

std::string SandboxReport::reason_for(SandboxLayer layer) const
{
    const auto found = std::ranges::find(reasons_, layer, &std::pair<SandboxLayer, std::string>::first);
    return found == reasons_.end() ? "refused" : found->second;
}

std::string SandboxReport::missing(std::uint32_t in_place) const
{
    std::string missing;
    for (const SandboxLayer layer : {SandboxLayer::empty_root, SandboxLayer::empty_network,
                                     SandboxLayer::landlock, SandboxLayer::no_executable_memory}) {
        if ((in_place & static_cast<std::uint32_t>(layer)) == 0) {
            missing += base::filled(
                "{}{} ({})", {missing.empty() ? "" : "; ", privsep::name_of(layer), reason_for(layer)});
        }
    }
    return missing;
}

std::string SandboxReport::text(std::uint32_t in_place) const
{
    const std::string missing = this->missing(in_place);
    return missing.empty() ? "sandbox: complete"
                           : "sandbox: all required layers are in place; missing: " + missing;
}

} // namespace supervisor
