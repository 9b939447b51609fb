// The table of the checks. Each is a pure function of the facts.
#pragma once

#include <span>
#include <string_view>

#include "ctl/doctor/facts.h"
#include "ctl/doctor/finding.h"

namespace ctl::doctor
{

struct Check {
    std::string_view name;
    Findings (*look)(const Facts&); ///< at least one finding
};

std::span<const Check> checks();

// Each is in the file of its group.
Findings check_config(const Facts& facts);
Findings check_readers(const Facts& facts);
Findings check_unit(const Facts& facts);
Findings check_sockets(const Facts& facts);
Findings check_port(const Facts& facts);
Findings check_answers(const Facts& facts);
Findings check_name_servers(const Facts& facts);
Findings check_delegation(const Facts& facts);
Findings check_certificate(const Facts& facts);
Findings check_clock(const Facts& facts);
Findings check_hosts(const Facts& facts);
Findings check_secrets(const Facts& facts);
Findings check_updates(const Facts& facts);
Findings check_state(const Facts& facts);
Findings check_sandbox(const Facts& facts);
Findings check_losses(const Facts& facts);

} // namespace ctl::doctor
