// Reads the state file of the C nanodnsd (the predecessor). It is imported once and never written.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/time.h"
#include "proto/config/config.h"
#include "proto/dns/name.h"

namespace config
{

/// One section: `[@.label]`, `expire=` in Unix time, `a=` and `aaaa=`.
struct SavedHost {
    dns::Name name; ///< full: the label and `domain`, in lower case
    base::UnixTime expires{};
    std::optional<base::Address4> a; ///< the first, if there are several
    std::optional<base::Address6> aaaa;
};

struct SavedState {
    std::vector<SavedHost> hosts;
    std::vector<Error> errors;
};

SavedState parse_predecessor_state(std::string_view text, const dns::Name& domain);

} // namespace config
