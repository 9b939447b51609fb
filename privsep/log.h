// The log: one line per event on stderr. proto/ never logs; privsep/ logs only the reason for an exit.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "proto/base/text.h"

namespace privsep
{

/// syslog(3) levels. The number is the prefix for the systemd journal (sd-daemon(3)).
enum class Level : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

/// Call it before the first line is logged. `process` must live as long as the process. `journal`: whether
/// each line starts with its level. `verbosity`: 0 shows levels up to notice, 1 (-v) up to info, 2 (-vv) up
/// to debug.
void log_as(const char* process, bool journal, unsigned verbosity) noexcept;

/// Changes the verbosity alone.
void set_verbosity(unsigned verbosity) noexcept;

bool log_shows(Level level) noexcept;

/// Makes writing to stderr non-blocking, so that a slow reader cannot stop the daemon. Lines for which a
/// pipe, a terminal or a socket has no room are lost; a later line says how many. Call it before the sandbox
/// is entered; children inherit it. It may fail, for example for a pipe of another user; then stderr does not
/// change.
void lose_lines_rather_than_wait() noexcept;

inline constexpr std::size_t longest_text = 2000; ///< bytes, of a line

/// Writes `process: text` with one write(2). The text is cut at longest_text; line ends and control
/// characters except tabs become '?'. The caller must pass untrusted data through base::escape. Allocates no
/// memory.
void log_text(Level level, std::string_view text) noexcept;
/// The same with a pattern, which allocates memory.
void log(Level level, base::Pattern pattern, std::initializer_list<base::Piece> pieces = {}) noexcept;

/// A rate limit for lines that any client can cause: at most `burst` lines in ten seconds. Then one line says
/// how many were suppressed.
class LogLimit
{
public:
    explicit LogLimit(unsigned burst) noexcept : burst_(burst) {}
    /// `now_ms`: any monotonic clock.
    void log(Level level, std::string_view text, std::int64_t now_ms) noexcept;

private:
    unsigned burst_;
    unsigned used_ = 0;
    unsigned suppressed_ = 0;
    std::int64_t period_start_ms_ = 0;
};

} // namespace privsep
