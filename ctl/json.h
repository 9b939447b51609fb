// Writes JSON (RFC 8259): the caller opens, names and closes; the commas are made here.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/base/text.h"
#include "proto/base/time.h"

namespace ctl
{

class Json
{
public:
    Json& open_object() { return open('{'); }
    Json& open_list() { return open('['); }
    Json& close_object() { return close('}'); }
    Json& close_list() { return close(']'); }
    Json& key(std::string_view name);

    /// Text in UTF-8. A byte that is not becomes U+FFFD.
    Json& value(std::string_view text);
    Json& value(const char* text) { return value(std::string_view{text}); }
    Json& value(const std::string& text) { return value(std::string_view{text}); }
    Json& value(bool truth) { return raw(truth ? "true" : "false"); }
    template <base::Countable Number>
    Json& value(Number number)
    {
        return raw(std::to_string(number));
    }
    /// RFC 3339 in UTC.
    Json& value(base::UnixTime time);
    Json& null() { return raw("null"); }
    template <typename Value>
    Json& value(const std::optional<Value>& value)
    {
        return value ? this->value(*value) : null();
    }

    template <typename Value>
    Json& member(std::string_view name, const Value& value)
    {
        return key(name).value(value);
    }

    const std::string& text() const noexcept { return text_; }
    /// What was written, which is then forgotten.
    std::string take() { return std::exchange(text_, {}); }

private:
    Json& open(char bracket);
    Json& close(char bracket);
    Json& raw(std::string_view text);
    void separate();

    std::string text_;
    bool needs_comma_ = false;
};

} // namespace ctl
