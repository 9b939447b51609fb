// What a start says of the layers of the sandbox: one line.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "privsep/child.h"

namespace supervisor
{

/// Made while the reasons can still be found out, and asked once all processes have said what stands.
class SandboxReport
{
public:
    /// Where `layer` is missing, this is why; the first reason counts.
    void add_reason(privsep::SandboxLayer layer, const std::string& why);
    /// `standing`: bits of the layers that every process has.
    std::string text(std::uint32_t standing) const;

private:
    std::string reason_for(privsep::SandboxLayer layer) const;

    std::vector<std::pair<privsep::SandboxLayer, std::string>> reasons_;
};

} // namespace supervisor
