#include "proto/config/ini.h"

#include <algorithm>
#include <string>

#include "proto/base/text.h"

namespace config
{

namespace
{

Line read_section(const Word& line)
{
    const std::size_t close = line.text.find(']');
    if (close == std::string_view::npos) {
        return MalformedLine{line.at, "found a section without \"]\", expected [section]", true};
    }
    const std::string_view rest = trimmed(line.text.substr(close + 1));
    if (!rest.empty()) {
        const auto offset = static_cast<std::size_t>(rest.data() - line.text.data());
        const bool comment = rest[0] == '#' || rest[0] == ';';
        return MalformedLine{part(line, offset, 0).at,
                             comment ? "found text after \"]\", expected the end of the line; a comment "
                                       "must be on its own line"
                                     : "found text after \"]\", expected the end of the line",
                             true};
    }
    return SectionLine{line.at, part(line, 1, close - 1)};
}

Line read_entry(const Word& line)
{
    const std::size_t equals = line.text.find('=');
    if (equals == std::string_view::npos) {
        return MalformedLine{line.at,
                             "found a line without \"=\", expected key=value, [section] or # comment", false};
    }
    const std::string_view key = trimmed(line.text.substr(0, equals));
    if (key.empty()) {
        return MalformedLine{line.at, "found no key before \"=\", expected key=value", false};
    }
    // Blanks around a token are ignored too. That breaks no old token: in the predecessor's request line a
    // space ended the target, and it decoded no escapes, so a token with a space could not be sent.
    std::size_t value = equals + 1;
    while (value < line.text.size() && is_blank(line.text[value])) {
        ++value;
    }
    return EntryLine{{key, line.at}, part(line, value, line.text.size() - value)};
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

Word part(const Word& whole, std::size_t offset, std::size_t size) noexcept
{
    return {whole.text.substr(offset, size),
            {whole.at.line, whole.at.column + static_cast<unsigned>(offset)}};
}

std::optional<Line> IniReader::next()
{
    while (at_ < text_.size()) {
        const std::string_view line = take_line();
        if (line.size() > max_line_bytes) {
            too_long_error_ =
                base::filled("found a line of {} bytes, expected at most {}", {line.size(), max_line_bytes});
            return MalformedLine{
                {line_, static_cast<unsigned>(max_line_bytes) + 1}, too_long_error_, line[0] == '['};
        }
        const std::string_view text = trimmed(line);
        if (!text.empty() && text[0] != '#' && text[0] != ';') {
            return read({text, {line_, 1 + static_cast<unsigned>(text.data() - line.data())}});
        }
    }
    return std::nullopt;
}

Position IniReader::end() const noexcept
{
    if (text_.empty() || text_.back() == '\n') {
        return {line_ + 1, 1};
    }
    return {line_, static_cast<unsigned>(last_size_) + 1};
}

std::string_view IniReader::take_line() noexcept
{
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    ++line_;
    last_size_ = line.size();
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

Line IniReader::read(const Word& line) const
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (line_ == 1 && line.text.starts_with(byte_order_mark)) {
        return MalformedLine{line.at, "found a byte order mark, expected a file without one", true};
    }
    return line.text[0] == '[' ? read_section(line) : read_entry(line);
}

} // namespace config
