// Lines of sections and keys, as the config and the predecessor's state file have them. What a section or
// a key means is not known here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "proto/config/config.h"

namespace config
{

/// A part of the text and where it stands. It views the caller's text: nothing is copied.
struct Word {
    std::string_view text;
    Position at;
};

/// A space or a tab: what may stand around a line, a key, and a value, and between the items of a list.
constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t';
}
std::string_view trimmed(std::string_view text) noexcept;
/// The part of `whole` from `offset` on, `size` bytes of it, with its place.
Word part(const Word& whole, std::size_t offset, std::size_t size) noexcept;

/// [name]
struct SectionLine {
    Position at;
    Word name; ///< what stands between the brackets
};

/// key=value
struct EntryLine {
    Word key;   ///< not empty
    Word value; ///< may be empty
};

/// Neither of the two. Its text quotes nothing of the line, since a line that went wrong may be a token.
struct MalformedLine {
    Position at;
    std::string_view text;   ///< until the next line is read
    bool is_section = false; ///< begins with a bracket
};

/// Every line of a config is one, so it is nothing that has to be destroyed.
using Line = std::variant<SectionLine, EntryLine, MalformedLine>;

/// Goes through a text line by line. A line ends in LF, CRLF or the end of the text. Blank lines and those
/// that begin with '#' or ';' are left out; blanks before and behind a line, a key and a value do not count.
class IniReader
{
public:
    static constexpr std::size_t max_line_bytes = 65536; // without the line's end

    explicit IniReader(std::string_view text) noexcept : text_(text) {}

    /// The next line that says something; nothing at the end.
    std::optional<Line> next();
    /// Where the text ends, once next() has returned nothing: one byte behind the last.
    Position end() const noexcept;

private:
    std::string_view take_line() noexcept;
    Line read(const Word& line) const;

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned line_ = 0;
    std::size_t last_size_ = 0; ///< bytes of the line that was read last
    std::string complaint_;     ///< of a line that is too long
};

} // namespace config
