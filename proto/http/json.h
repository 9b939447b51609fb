// JSON (RFC 8259), as far as ACME clients need it: one object whose members are texts.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace http
{

inline constexpr std::size_t max_json_members = 8;
inline constexpr std::size_t max_json_string = 512; ///< in bytes, of a name or a value after decoding

/// A member that the caller needs.
struct JsonField {
    std::string_view name;                 ///< in any case: older Go clients send `SubDomain`
    std::optional<std::string> value = {}; ///< none: the member is missing, or its value is not a string
    bool is_there = false;
};

struct JsonError {
    std::size_t position = 0; ///< of the byte where reading ended, from 1
    std::string_view why;     ///< ends the sentence "bad JSON at byte N: "
};

/// Reads one object into `fields`. Strings are decoded to UTF-8; bytes above ASCII are taken as they are.
/// Other members are ignored. Refused: a value that is an object or an array, a member of `fields` that
/// occurs twice, and more than the limits. After an error the values in `fields` are of no use.
std::optional<JsonError> read_json(std::string_view text, std::span<JsonField> fields);

/// "bad JSON at byte N: ..."
std::string to_text(const JsonError& error);

/// An object of strings without any white space. read_json() reads the same strings.
std::string json_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members);

} // namespace http
