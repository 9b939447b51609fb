// Names of hosts, as an administrator writes and reads them: relative to the zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/dns/compact_name.h"
#include "proto/dns/name.h"

namespace ctl
{

class Names
{
public:
    Names() = default;
    explicit Names(const dns::CompactName& zone) : zone_(zone.get()) {}

    /// The name below the zone; "@" for the zone; the whole name if it lies elsewhere.
    std::string label(const dns::CompactName& name) const;
    /// Without the last dot.
    static std::string whole(const dns::CompactName& name);
    std::string zone() const;

    /// HOST: a label or more below the zone, a whole name in the zone, or "@". None if that is no name.
    std::optional<dns::CompactName> read(std::string_view host) const;
    /// PATTERN: the same with any number of *. The result is for whole names; "" is for all.
    std::string read_pattern(std::string_view pattern) const;

private:
    dns::Name zone_;
};

} // namespace ctl
