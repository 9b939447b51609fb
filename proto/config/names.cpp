#include "proto/config/names.h"

#include <algorithm>
#include <array>
#include <optional>

#include "proto/base/address.h"
#include "proto/base/text.h"
#include "proto/config/errors.h"

namespace config
{

namespace
{

constexpr std::string_view name_too_long =
    ", expected a name of at most 253 characters (255 bytes on the wire)";

constexpr bool belongs_in_label(char c) noexcept
{
    return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_';
}

std::optional<ValueError> check_label(std::string_view label, std::size_t offset)
{
    if (label.empty()) {
        return ValueError{offset,
                          "found an empty label, expected letters, digits, \"-\" or \"_\" before and after "
                          "each dot"};
    }
    const auto* const wrong = std::ranges::find_if_not(label, belongs_in_label);
    if (wrong != label.end()) {
        const auto at = static_cast<std::size_t>(wrong - label.begin());
        return ValueError{offset + at,
                          base::filled("found {} in a name, expected letters, digits, \"-\" or \"_\"",
                                       {shown(label.substr(at, 1))})};
    }
    if (label.size() > dns::Name::max_label_bytes) {
        return ValueError{offset, base::filled("found a label of {} bytes, expected at most {}",
                                               {label.size(), dns::Name::max_label_bytes})};
    }
    return std::nullopt;
}

/// The name in lower case; empty if it is too long. The labels of `text` have been checked and contain no
/// escapes.
std::optional<dns::Name> to_name(std::string_view text)
{
    std::array<std::uint8_t, dns::Name::max_wire_bytes> wire{};
    if (text.size() + 2 > wire.size()) { // each dot becomes a length byte; two more for first label and root
        return std::nullopt;
    }
    std::size_t length_at = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            length_at = i + 1;
        } else {
            wire[i + 1] = static_cast<std::uint8_t>(base::lower(text[i]));
            ++wire[length_at];
        }
    }
    base::Reader in{base::Bytes{wire}.first(text.size() + 2)};
    return dns::Name::read(in, dns::Compression::forbidden);
}

/// Does not check the first `unchecked` bytes.
NameOrError read_labels(std::string_view text, std::size_t unchecked = 0)
{
    std::size_t offset = unchecked;
    while (true) {
        const std::size_t dot = std::min(text.find('.', offset), text.size());
        if (auto error = check_label(text.substr(offset, dot - offset), offset)) {
            return std::move(*error);
        }
        if (dot == text.size()) {
            break;
        }
        offset = dot + 1;
    }
    if (const auto name = to_name(text)) {
        return *name;
    }
    return ValueError{0, base::filled("found {} characters{}", {text.size(), name_too_long})};
}

} // namespace

bool is_address(std::string_view text) noexcept
{
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    // cheap, because most of many names are none
    const bool may_be = !text.empty() && (base::is_digit(text.back()) || text.find(':') != text.npos);
    return may_be && base::parse_address(text).has_value();
}

NameOrError read_name(std::string_view text)
{
    if (text.empty() || text == ".") {
        return ValueError{0, base::filled("found {}, expected a domain name", {shown(text)})};
    }
    if (is_address(text)) {
        return ValueError{0, base::filled("found the address {}, expected a domain name", {shown(text)})};
    }
    return read_labels(text.ends_with('.') ? text.substr(0, text.size() - 1) : text);
}

NameOrError read_relative_name(std::string_view text)
{
    if (text.empty()) {
        return dns::Name{};
    }
    constexpr std::string_view wildcard = "*.";
    if (text == wildcard.substr(0, 1)) {
        return *dns::Name::from_text(text);
    }
    const std::size_t unchecked = text.starts_with(wildcard) ? wildcard.size() : 0;
    auto read = read_labels(text, unchecked);
    auto* const error = std::get_if<ValueError>(&read);
    if (error != nullptr && error->offset >= unchecked && text.substr(error->offset, 1) == "*") {
        error->text = "found \"*\" in a name, expected it only as the complete first label";
    }
    return read;
}

NameOrError read_mailbox(std::string_view text)
{
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        return ValueError{0, base::filled("found {}, expected user@domain", {shown(text)})};
    }
    const std::string_view user = text.substr(0, at);
    if (user.empty() || user.size() > dns::Name::max_label_bytes) {
        return ValueError{
            0, base::filled("found {} bytes before \"@\", expected 1 to 63 (one label of the SOA's mailbox)",
                            {user.size()})};
    }
    const auto* const wrong = std::ranges::find_if(user, [](char c) { return c < '!' || c > '~'; });
    if (wrong != user.end()) {
        const auto offset = static_cast<std::size_t>(wrong - user.begin());
        return ValueError{offset,
                          base::filled("found {} before \"@\", expected printable characters without spaces",
                                       {shown(user.substr(offset, 1))})};
    }
    auto domain = read_name(text.substr(at + 1));
    if (auto* error = std::get_if<ValueError>(&domain)) {
        return ValueError{error->offset + at + 1, std::move(error->text)};
    }
    if (const auto mailbox = std::get<dns::Name>(domain).child(user)) {
        return *mailbox;
    }
    return ValueError{0, base::filled("found {} characters{}", {text.size(), name_too_long})};
}

} // namespace config
