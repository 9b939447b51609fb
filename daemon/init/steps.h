// What nanodnsd --init prints at the end: what the operator has to do next, ready to copy.
#pragma once

#include <string>
#include <string_view>

#include "daemon/init/answers.h"

namespace init
{

struct Installation {
    std::string config; ///< the path of the config that was written
    /// Whether the service manager runs and its unit reads this config.
    bool has_unit = false;
    bool is_default_config = false; ///< nanodnsd finds it without -c
    bool is_root = true;            ///< whether this user is root
};

/// All answers must be given. The text has the token, so the caller wipes it.
std::string next_steps(const Answers& answers, std::string_view token, const Installation& installation);

} // namespace init
