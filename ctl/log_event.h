// A line of the history: what the keeper has logged about a host, as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ctl/names.h"
#include "proto/base/time.h"
#include "proto/ipc/change_line.h"
#include "proto/ipc/refusal_line.h"

namespace ctl
{

struct LogEvent {
    base::UnixTime at{};
    std::variant<ipc::ChangeLine, ipc::RefusalLine> line;
};

/// None if the message is not about a change or a refusal. `program`: that logged it; empty: not known.
std::optional<LogEvent> read_event(base::UnixTime at, std::string_view message, std::string_view program);

/// Which hosts are meant: the one with this whole name and its followers, or, if the domain is not known,
/// those whose names begin with these labels.
struct LogFilter {
    std::string name; ///< without a dot at its end; empty: all hosts
    bool is_whole = false;

    bool matches(const LogEvent& event) const;
};

/// `names` without a zone: names are shown whole, and `label` is null.
std::string as_text(const LogEvent& event, const std::optional<Names>& names);
std::string as_json(const LogEvent& event, const std::optional<Names>& names);

} // namespace ctl
