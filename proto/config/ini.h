// The INI format of the config and of the predecessor's state file: lines with sections and keys, whatever
// they mean.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "proto/config/config.h"

namespace config
{

/// A part of the text and its position. It is a view of the caller's text.
struct Word {
    std::string_view text;
    Position at;
};

/// A space or a tab, as isblank(3). Both are ignored around lines, keys and values, and separate the items of
/// a list.
constexpr bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t';
}
std::string_view trimmed(std::string_view text) noexcept;
/// `size` bytes of `whole` from `offset` on, with their position.
Word part(const Word& whole, std::size_t offset, std::size_t size) noexcept;

/// [name]
struct SectionLine {
    Position at;
    Word name; ///< between the brackets
};

/// key=value
struct EntryLine {
    Word key;   ///< not empty
    Word value; ///< may be empty
};

/// Any other line.
struct MalformedLine {
    Position at;
    std::string_view error;  ///< valid until the next line is read; quotes nothing: the line may be a token
    bool is_section = false; ///< starts with a bracket
};

/// One of these is made for each line of a config, so they have no destructors.
using Line = std::variant<SectionLine, EntryLine, MalformedLine>;

/// Reads a text line by line. A line ends in LF, CRLF or at the end of the text. Empty lines and lines that
/// start with '#' or ';' are skipped. Spaces and tabs around a line, a key and a value are ignored.
class IniReader
{
public:
    static constexpr std::size_t max_line_bytes = 65536; // without the line end

    explicit IniReader(std::string_view text) noexcept : text_(text) {}

    /// The next line that is not skipped; empty at the end of the text.
    std::optional<Line> next();
    /// The position after the last byte; valid at the end of the text.
    Position end() const noexcept;

private:
    std::string_view take_line() noexcept;
    Line read(const Word& line) const;

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned line_ = 0;
    std::size_t last_size_ = 0;  ///< bytes in the last line
    std::string too_long_error_; ///< the text of the error for a line that is too long
};

} // namespace config
