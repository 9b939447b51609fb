// The sections [group NAME].
#pragma once

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"

namespace config
{

/// Whether the first word is "group".
bool is_group(const SectionLine& line) noexcept;

/// Adds a group, and reports a name that is not valid or is not new, and too many groups.
void begin_group(const SectionLine& line, Config& config, Errors& errors);

/// Reports what the section does not have.
void check_group(const Group& group, bool has_token, bool has_hosts, Errors& errors);

} // namespace config
