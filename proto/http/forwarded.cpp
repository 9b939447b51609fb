#include "proto/http/forwarded.h"

#include <algorithm>
#include <string>

#include "proto/base/text.h"

namespace http
{

namespace
{

constexpr std::string_view white_space = " \t";

std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t first = std::min(text.find_first_not_of(white_space), text.size());
    return text.substr(first, text.find_last_not_of(white_space) + 1 - first);
}

/// RFC 9110 section 5.6.4: the character at `index` follows a backslash that is not itself escaped.
bool is_escaped(std::string_view text, std::size_t index) noexcept
{
    const std::size_t backslashes = index - (text.substr(0, index).find_last_not_of('\\') + 1);
    return backslashes % 2 != 0;
}

/// RFC 7239 section 6: a number, or an identifier that begins with an underscore.
bool is_port(std::string_view text) noexcept
{
    constexpr std::string_view marks = "._-";
    const auto is_of_identifier = [=](char c) {
        return base::is_letter(c) || base::is_digit(c) || marks.find(c) != std::string_view::npos;
    };
    return base::parse_decimal(text, 65535) ||
           (text.size() > 1 && text.front() == '_' && std::ranges::all_of(text, is_of_identifier));
}

/// "ADDRESS", "ADDRESS4:PORT", "[ADDRESS6]" or "[ADDRESS6]:PORT"
std::optional<base::Address> address_of_node(std::string_view node) noexcept
{
    const bool has_brackets = node.starts_with('[');
    const std::size_t end = has_brackets ? node.find(']') : node.find(':');
    if (end == std::string_view::npos || (!has_brackets && end != node.rfind(':'))) {
        return has_brackets ? std::nullopt : base::parse_address(node);
    }
    const std::string_view rest = node.substr(has_brackets ? end + 1 : end);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) {
        return std::nullopt;
    }
    if (has_brackets) {
        const auto address = base::parse_address6(node.substr(1, end - 1));
        return address ? std::optional{base::Address{*address}} : std::nullopt;
    }
    const auto address = base::parse_address4(node.substr(0, end));
    return address ? std::optional{base::Address{*address}} : std::nullopt;
}

/// Takes the value at the start of `rest`: a quoted string (RFC 9110 section 5.6.4), or all up to a
/// semicolon. Proxies also write addresses with a port without quotation marks.
std::optional<std::string> take_value(std::string_view& rest)
{
    if (!rest.starts_with('"')) {
        const std::string_view value = rest.substr(0, rest.find(';'));
        rest.remove_prefix(value.size());
        return value.find('"') == std::string_view::npos ? std::optional{std::string{trimmed(value)}}
                                                         : std::nullopt;
    }
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest = trimmed(rest.substr(i + 1));
            return value;
        }
        i += rest[i] == '\\' ? 1U : 0U;
        if (i < rest.size()) {
            value += rest[i];
        }
    }
    return std::nullopt;
}

/// RFC 7239 section 4: each parameter occurs once.
std::optional<base::Address> address_of_forwarded(std::string_view rest)
{
    std::optional<std::string> node;
    while (!rest.empty()) {
        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos || rest.find_first_of(";\"") < equals) {
            return std::nullopt;
        }
        const bool is_for = base::equal_ignoring_case(rest.substr(0, equals), "for");
        rest.remove_prefix(equals + 1);
        auto value = take_value(rest);
        if (!value || (is_for && node) || (!rest.empty() && rest.front() != ';')) {
            return std::nullopt;
        }
        if (is_for) {
            node = std::move(value);
        }
        rest = trimmed(rest.substr(std::min<std::size_t>(1, rest.size())));
    }
    return node ? address_of_node(*node) : std::nullopt;
}

/// Takes what follows the last comma that is in no quoted string.
std::string_view take_last(std::string_view& line) noexcept
{
    bool is_quoted = false;
    std::size_t begin = line.size();
    for (; begin > 0; --begin) {
        const char c = line[begin - 1];
        if (c == ',' && !is_quoted) {
            break;
        }
        if (c == '"' && !is_escaped(line, begin - 1)) {
            is_quoted = !is_quoted;
        }
    }
    const std::string_view element = trimmed(line.substr(begin));
    line = line.substr(0, begin == 0 ? 0 : begin - 1);
    return element;
}

} // namespace

Hops::Hops(std::string_view header, ipc::ProxyHeader field) noexcept
    : lines_(header, field == ipc::ProxyHeader::forwarded ? "Forwarded" : "X-Forwarded-For")
{
}

std::optional<std::string_view> Hops::previous() noexcept
{
    while (true) {
        while (line_ && !line_->empty()) {
            const std::string_view element = take_last(*line_);
            if (!element.empty()) {
                return element;
            }
        }
        const auto line = lines_.previous();
        if (!line) {
            return std::nullopt;
        }
        line_ = line;
    }
}

std::optional<base::Address> address_of_hop(std::string_view element, ipc::ProxyHeader field)
{
    return field == ipc::ProxyHeader::forwarded ? address_of_forwarded(element) : address_of_node(element);
}

} // namespace http
