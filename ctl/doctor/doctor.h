// The command `doctor`, and its report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/context.h"
#include "ctl/doctor/facts.h"
#include "ctl/doctor/finding.h"

namespace ctl::doctor
{

struct Checked {
    std::string_view name;
    Findings findings; ///< at least one, and not many
};
using Report = std::vector<Checked>;

/// All checks, in the order of the table.
Report examine(const Facts& facts);

std::string as_text(const Report& report, const Terminal& terminal);
std::string as_json(const Report& report);
/// A failure if a check failed; with `strict`, also if there is a warning.
Result outcome(const Report& report, bool strict);

/// The command.
Result doctor(const Context& context);

} // namespace ctl::doctor
