#include "proto/http/page/page.h"

#include "proto/base/text.h"
#include "proto/http/page/template.h"

namespace http::page
{

namespace
{

/// One text, because a table of texts would be relocated in the memory of each process.
constexpr std::string_view part_names =
    "plain failed done known unknown host config updated prefix challenge router "
    "fritzbox openwrt opnsense pfsense unifi draytek synology qnap ddclient curl other ";
constexpr std::string_view value_names =
    "message address server scheme name a aaaa prefixvalue change texts expires ";

constexpr std::size_t longest_name = 12;

/// The place of the name in a list; as many as the list has if it is not in there.
std::size_t index_of(std::string_view name, std::string_view list) noexcept
{
    std::size_t index = 0;
    while (!list.empty()) {
        const std::size_t end = list.find(' ');
        if (list.substr(0, end) == name) {
            break;
        }
        list.remove_prefix(end + 1);
        ++index;
    }
    return index;
}

/// The name in the braces that `text` begins with; empty if it begins with something else.
std::string_view mark_of(std::string_view text) noexcept
{
    text = text.substr(1, longest_name + 1);
    std::size_t size = text.starts_with('?') || text.starts_with('/') ? 1 : 0;
    while (size < text.size() && text[size] >= 'a' && text[size] <= 'z') {
        ++size;
    }
    return size < text.size() && text[size] == '}' ? text.substr(0, size) : std::string_view{};
}

} // namespace

Part router_of(std::string_view name) noexcept
{
    const std::size_t index = index_of(name, part_names);
    return index >= static_cast<std::size_t>(first_router) && index < parts ? static_cast<Part>(index)
                                                                            : Part::router;
}

void Page::set(Value value, std::string_view text)
{
    values_[static_cast<std::size_t>(value)] = escaped(text);
}

void Page::say(Part part, std::string_view sentence)
{
    show(part);
    message_ = sentence;
    set(Value::message, sentence);
}

std::size_t Page::size() const noexcept
{
    std::size_t bytes = 0;
    Place place;
    for (std::string_view text = next(place); !text.empty(); text = next(place)) {
        bytes += text.size();
    }
    return bytes;
}

std::string_view Page::next(Place& place) const noexcept
{
    while (place.at < whole_template.size()) {
        const std::string_view rest = whole_template.substr(place.at);
        std::size_t end = rest.find('{');
        while (end < rest.size() && mark_of(rest.substr(end)).empty()) {
            end = rest.find('{', end + 1);
        }
        std::string_view text = rest.substr(0, end);
        place.at += text.size();
        if (text.empty()) {
            const std::string_view name = mark_of(rest);
            place.at += name.size() + 2; // the braces
            text = take_mark(name, place);
        } else if (place.is_hidden) {
            continue;
        }
        if (!text.empty()) {
            return text;
        }
    }
    return {};
}

/// The value that the mark stands for, if it is to be shown.
std::string_view Page::take_mark(std::string_view name, Place& place) const noexcept
{
    if (name.starts_with('/')) {
        place.is_hidden = false;
        return {};
    }
    if (name.starts_with('?')) {
        const std::size_t part = index_of(name.substr(1), part_names);
        place.is_hidden = part == parts || !shown_[part];
        return {};
    }
    const std::size_t value = index_of(name, value_names);
    return place.is_hidden || value == values ? std::string_view{} : values_[value];
}

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string head(Status status, std::size_t bytes)
{
    std::string text = first_fields(status, "text/html; charset=utf-8", bytes);
    base::append(text,
                 "\r\nContent-Security-Policy: default-src 'none'; style-src '{}'; form-action 'self'; "
                 "frame-ancestors 'none'; base-uri 'none'"
                 "\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin"
                 "\r\nCross-Origin-Resource-Policy: same-origin\r\nX-Robots-Tag: noindex",
                 {style_hash});
    text += last_fields;
    return text;
}

} // namespace http::page
