#include "ctl/json.h"

#include <algorithm>
#include <cstdint>

#include "ctl/times.h"

namespace ctl
{

namespace
{

struct Range {
    unsigned from = 0x80;
    unsigned to = 0xBF;
};

/// What the second byte of a UTF-8 sequence may be (Unicode 15, table 3-7).
Range second_byte(unsigned first)
{
    switch (first) {
    case 0xE0:
        return {0xA0, 0xBF};
    case 0xED:
        return {0x80, 0x9F};
    case 0xF0:
        return {0x90, 0xBF};
    case 0xF4:
        return {0x80, 0x8F};
    default:
        return {};
    }
}

std::size_t length_by(unsigned first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
        return 0;
    }
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// The length of the well-formed UTF-8 sequence that `text` begins with; 0 if there is none.
std::size_t sequence_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::size_t length = length_by(byte(0));
    if (length == 0 || length > text.size()) {
        return 0;
    }
    Range range = second_byte(byte(0));
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) < range.from || byte(i) > range.to) {
            return 0;
        }
        range = {};
    }
    return length;
}

/// RFC 8259 section 7: quotation mark, backslash and control characters must be escaped. Also DEL.
std::string escaped(char c)
{
    if (c == '"' || c == '\\') {
        return {'\\', c};
    }
    if (c == '\n') {
        return "\\n";
    }
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte == 0x7F ? "\\u00" + base::to_hex(base::as_bytes({&c, 1})) : std::string{c};
}

} // namespace

Json& Json::open(char bracket)
{
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

Json& Json::close(char bracket)
{
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

Json& Json::key(std::string_view name)
{
    value(name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

Json& Json::value(std::string_view text)
{
    separate();
    text_ += '"';
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            text_ += "\\ufffd";
        } else if (length == 1) {
            text_ += escaped(text.front());
        } else {
            text_ += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    text_ += '"';
    needs_comma_ = true;
    return *this;
}

Json& Json::value(base::UnixTime time)
{
    return value(rfc3339(time));
}

Json& Json::raw(std::string_view text)
{
    separate();
    text_ += text;
    needs_comma_ = true;
    return *this;
}

void Json::separate()
{
    if (needs_comma_) {
        text_ += ',';
    }
}

} // namespace ctl
