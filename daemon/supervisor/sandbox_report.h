// The line of the log about the layers of the sandbox.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "privsep/child.h"

namespace supervisor
{

/// Collects the reasons during the start; text() is called when all processes have reported their layers.
class SandboxReport
{
public:
    /// `why`: the reason if `layer` is missing; empty: none. The first reason of a layer is kept.
    void add_reason(privsep::SandboxLayer layer, const std::string& why);
    /// `in_place`: bits of the layers that every process has.
    std::string text(std::uint32_t in_place) const;
    /// The layers that are not in `in_place`, with reasons; empty if all are.
    std::string missing(std::uint32_t in_place) const;

private:
    std::string reason_for(privsep::SandboxLayer layer) const;

    std::vector<std::pair<privsep::SandboxLayer, std::string>> reasons_;
};

} // namespace supervisor
