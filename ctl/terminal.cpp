#include "ctl/terminal.h"

#include <array>
#include <langinfo.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace ctl
{

namespace
{

constexpr unsigned usual_columns = 80;
constexpr unsigned most_columns = 10000;

std::string_view value_of(const Environment& environment, const char* name)
{
    const char* const value = environment(name);
    return value != nullptr ? value : "";
}

} // namespace

std::string Terminal::coloured(std::string_view text, Colour colour) const
{
    constexpr auto codes = std::to_array<std::string_view>({"32", "33", "31"}); // ECMA-48 section 8.3.117
    return has_colours ? base::filled("\x1b[{}m{}\x1b[0m", {codes.at(static_cast<std::size_t>(colour)), text})
                       : std::string{text};
}

Terminal terminal_for(bool is_terminal, unsigned columns, const Environment& environment)
{
    if (!is_terminal) {
        return {};
    }
    const bool has_colours =
        value_of(environment, "NO_COLOR").empty() && value_of(environment, "TERM") != "dumb";
    if (columns == 0) {
        const auto said = base::parse_decimal(value_of(environment, "COLUMNS"), most_columns);
        columns = said && *said != 0 ? static_cast<unsigned>(*said) : usual_columns;
    }
    return {true, columns, has_colours};
}

Terminal terminal_at(int descriptor, const Environment& environment)
{
    struct winsize size {
    };
    const bool is_terminal = ::isatty(descriptor) == 1;
    const bool says = is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0;
    Terminal terminal = terminal_for(is_terminal, says ? size.ws_col : 0, environment);
    terminal.has_unicode = std::string_view{::nl_langinfo(CODESET)} == "UTF-8"; // a pager writes to one, too
    return terminal;
}

} // namespace ctl
