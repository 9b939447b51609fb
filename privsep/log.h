// A line an event on stderr. Never called by proto/; privsep/ itself logs only why it ends the process.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "proto/base/text.h"

namespace privsep
{

/// syslog(3) levels; the number is the prefix that the journal reads (sd-daemon(3)).
enum class Level : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// Before the first line. `process` must live as long as the process. `verbosity`: 0 shows notice and
/// graver, 1 (-v) info too, 2 (-vv) debug too.
void log_as(const char* process, bool journal, unsigned verbosity) noexcept;

bool log_shows(Level level) noexcept;

/// From now on a reader of stderr that is slow or hangs holds up nobody: lines that a pipe, a terminal or a
/// socket has no room for are lost, and the next one that gets through says how many. Before lock-down, and
/// inherited by children. Best effort: a pipe of another user's goes on as it was.
void lose_lines_rather_than_wait() noexcept;

/// Writes `process: text`, cut at 1000 bytes, by one write(2); line ends and control characters but
/// tabs become '?'. Data from outside goes through base::escape first.
void log_text(Level level, std::string_view text) noexcept; ///< allocates nothing
void log(Level level, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {}) noexcept;

/// What an outsider can cause goes through one of these: at most `burst` lines a period of ten seconds;
/// then one line says how many were left out.
class LogLimit
{
public:
    explicit LogLimit(unsigned burst) noexcept : burst_(burst) {}
    /// `now_ms`: any monotonic clock.
    void log(Level level, std::string_view text, std::int64_t now_ms) noexcept;

private:
    unsigned burst_;
    unsigned used_ = 0;
    unsigned left_out_ = 0;
    std::int64_t period_start_ms_ = 0;
};

} // namespace privsep
