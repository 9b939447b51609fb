// What the standard output is: a terminal or not, how wide, and whether it gets colours.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ctl
{

enum class Colour : std::uint8_t { green, yellow, red };

struct Terminal {
    static constexpr unsigned any_width = 0;

    bool is_terminal = false;
    unsigned columns = any_width; ///< of a terminal
    bool has_colours = false;
    bool has_unicode = true; ///< the encoding of the locale is UTF-8

    /// `text` in that colour, if there are colours.
    std::string coloured(std::string_view text, Colour colour) const;
};

/// The value of an environment variable; null if it is not set.
using Environment = std::function<const char*(const char* name)>;

/// Colours are for a terminal alone, not if NO_COLOR is set and not empty (no-color.org), and not if TERM is
/// "dumb". `columns`: of the terminal; 0 if it does not say, then COLUMNS is used, or 80.
Terminal terminal_for(bool is_terminal, unsigned columns, const Environment& environment);
/// What the descriptor is.
Terminal terminal_at(int descriptor, const Environment& environment);

} // namespace ctl
