#include "proto/http/json.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "proto/base/text.h"

namespace http
{

namespace
{

/// UTF-8 (RFC 3629 section 3) of a code point that is not a surrogate.
void append_utf8(std::string& text, std::uint32_t point)
{
    const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    const auto add_six_bits = [&](unsigned shift) { add(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) {
        add(point);
    } else if (point < 0x800) {
        add(0xC0 | point >> 6);
        add_six_bits(0);
    } else if (point < 0x10000) {
        add(0xE0 | point >> 12);
        add_six_bits(6);
        add_six_bits(0);
    } else {
        add(0xF0 | point >> 18);
        add_six_bits(12);
        add_six_bits(6);
        add_six_bits(0);
    }
}

class JsonReader
{
public:
    JsonReader(std::string_view text, std::span<JsonField> fields) noexcept : text_(text), fields_(fields) {}

    std::optional<JsonError> read() { return read_object() ? std::nullopt : std::optional{error_}; }

private:
    // each returns false after an error

    bool read_object();
    bool read_member();
    bool read_value(JsonField* field);
    bool read_string(std::string& decoded);
    bool read_escape(std::string& decoded);
    bool read_code_point(std::string& decoded);
    std::optional<std::uint32_t> read_four_digits() noexcept;
    bool read_number() noexcept;
    bool read_word(std::string_view word) noexcept;

    bool fail(std::string_view why) noexcept
    {
        error_ = {at_ + 1, why};
        return false;
    }
    char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char wanted) noexcept
    {
        const bool found = at_ < text_.size() && text_[at_] == wanted;
        at_ += found ? 1 : 0;
        return found;
    }
    std::size_t take_digits() noexcept
    {
        const std::size_t begin = at_;
        while (base::is_digit(next())) {
            ++at_;
        }
        return at_ - begin;
    }
    void skip_space() noexcept { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    std::string_view text_;
    std::size_t at_ = 0;
    std::span<JsonField> fields_;
    JsonError error_;
};

bool JsonReader::read_object()
{
    skip_space();
    if (!take('{')) {
        return fail("expected an object");
    }
    skip_space();
    for (std::size_t members = 0; !take('}'); ++members) {
        if (members != 0 && !take(',')) {
            return fail("expected a comma or the end of the object");
        }
        skip_space();
        if (members == max_json_members) {
            return fail("more than 8 members");
        }
        if (!read_member()) {
            return false;
        }
        skip_space();
    }
    skip_space();
    return at_ == text_.size() || fail("expected nothing after the object");
}

bool JsonReader::read_member()
{
    const std::size_t begin = at_;
    if (!take('"')) {
        return fail("expected the name of a member in double quotes");
    }
    std::string name;
    if (!read_string(name)) {
        return false;
    }
    const auto field = std::ranges::find_if(
        fields_, [&](const JsonField& one) { return base::equal_ignoring_case(one.name, name); });
    if (field != fields_.end() && field->is_there) {
        at_ = begin;
        return fail("this member is there twice");
    }
    skip_space();
    if (!take(':')) {
        return fail("expected a colon");
    }
    skip_space();
    return read_value(field == fields_.end() ? nullptr : &*field);
}

bool JsonReader::read_value(JsonField* field)
{
    if (field != nullptr) {
        field->is_there = true;
    }
    if (take('"')) {
        std::string ignored;
        return read_string(field == nullptr ? ignored : field->value.emplace());
    }
    switch (next()) {
    case '{':
    case '[':
        return fail("expected a value that is neither an object nor an array");
    case 't':
        return read_word("true");
    case 'f':
        return read_word("false");
    case 'n':
        return read_word("null");
    default:
        return read_number();
    }
}

/// RFC 8259 section 7, after the first quotation mark.
bool JsonReader::read_string(std::string& decoded)
{
    while (!take('"')) {
        if (at_ == text_.size()) {
            return fail("the end is missing");
        }
        if (static_cast<unsigned char>(next()) < ' ') {
            return fail("a control character must be escaped");
        }
        if (take('\\')) {
            if (!read_escape(decoded)) {
                return false;
            }
        } else {
            decoded += text_[at_++];
        }
        if (decoded.size() > max_json_string) {
            return fail("more than 512 bytes of text");
        }
    }
    return true;
}

bool JsonReader::read_escape(std::string& decoded)
{
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (take('u')) {
        return read_code_point(decoded);
    }
    const std::size_t which = at_ < text_.size() ? letters.find(next()) : std::string_view::npos;
    if (which == std::string_view::npos) {
        return fail("bad escape");
    }
    ++at_;
    decoded += meanings[which];
    return true;
}

/// The digits of \uXXXX, and a second escape if they are the first half of a surrogate pair.
bool JsonReader::read_code_point(std::string& decoded)
{
    constexpr std::uint32_t high = 0xD800;
    constexpr std::uint32_t low = 0xDC00;
    constexpr std::uint32_t end = 0xE000;
    const auto first = read_four_digits();
    if (!first) {
        return fail("bad escape");
    }
    if (*first < high || *first >= end) {
        append_utf8(decoded, *first);
        return true;
    }
    const std::uint32_t second = *first < low && take('\\') && take('u') ? read_four_digits().value_or(0) : 0;
    if (second < low || second >= end) {
        return fail("half of a surrogate pair");
    }
    append_utf8(decoded, 0x10000 + ((*first - high) << 10) + (second - low));
    return true;
}

std::optional<std::uint32_t> JsonReader::read_four_digits() noexcept
{
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) {
        const int digit = base::hex_digit(next());
        if (digit < 0) {
            return std::nullopt;
        }
        value = value << 4 | static_cast<std::uint32_t>(digit);
        ++at_;
    }
    return value;
}

/// RFC 8259 section 6
bool JsonReader::read_number() noexcept
{
    take('-');
    bool is_sound = take('0') || take_digits() != 0;
    if (is_sound && take('.')) {
        is_sound = take_digits() != 0;
    }
    if (is_sound && (take('e') || take('E'))) {
        if (!take('+')) {
            take('-');
        }
        is_sound = take_digits() != 0;
    }
    return is_sound || fail("expected a value");
}

bool JsonReader::read_word(std::string_view word) noexcept
{
    if (!text_.substr(at_).starts_with(word)) {
        return fail("expected a value");
    }
    at_ += word.size();
    return true;
}

void append_string(std::string& object, std::string_view text)
{
    object += '"';
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < ' ') {
            object += "\\u00";
            object += base::to_hex(base::as_bytes({&c, 1}));
            continue;
        }
        if (c == '"' || c == '\\') {
            object += '\\';
        }
        object += c;
    }
    object += '"';
}

} // namespace

std::optional<JsonError> read_json(std::string_view text, std::span<JsonField> fields)
{
    return JsonReader{text, fields}.read();
}

std::string to_text(const JsonError& error)
{
    return base::filled("bad JSON at byte {}: {}", {error.position, error.why});
}

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members)
{
    std::string object{'{'};
    for (const auto& [name, value] : members) {
        if (object.size() > 1) {
            object += ',';
        }
        append_string(object, name);
        object += ':';
        append_string(object, value);
    }
    return object + '}';
}

} // namespace http
