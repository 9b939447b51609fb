// What the service manager knows, as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ctl/bus.h"
#include "ctl/json.h"
#include "ctl/terminal.h"
#include "proto/base/time.h"

namespace ctl
{

/// "active (running), enabled, 0 restarts"
std::string line_of(const Unit& unit);
/// The value of `unit`: an object, or null.
void write(Json& json, const std::optional<Manager>& manager);

/// The whole status if the daemon says nothing. `is_silent`: it does not answer; false: it refused, or nobody
/// could ask.
std::string as_text(const Manager& manager, bool is_silent, base::UnixTime now, const Terminal& terminal,
                    unsigned columns);
/// `manager`: none if there is no bus.
std::string as_json(const std::optional<Manager>& manager);

} // namespace ctl
