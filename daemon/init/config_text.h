// The config that nanodnsd --init writes.
#pragma once

#include <string>
#include <string_view>

#include "daemon/init/answers.h"

namespace init
{

/// A section for each host, with comments. Examples stand for answers that are not given yet. The caller
/// wipes the result. `has_control`: with the control socket of nanodnsctl, which no unit passes.
std::string config_text(const Answers& answers, std::string_view token, bool has_control);

/// The name of the name server below the domain, as a section has it: "ns", or "" for the domain itself.
/// Empty optional if it does not lie in the zone.
std::optional<std::string> section_of_name_server(const Answers& answers);

/// The first error or warning of a config; empty if there is none.
std::string first_problem(std::string_view config);

} // namespace init
