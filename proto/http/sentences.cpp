#include "proto/http/sentences.h"

#include <algorithm>

#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace http
{

namespace
{

enum class ValueKind : std::uint8_t {
    none,
    known,   ///< not from the client, or one of a few
    address, ///< as it was sent
    name,    ///< as it was sent
    label,   ///< as it was sent, and the zone behind it
};

/// The value, if there is one, is between the two parts.
struct Parts {
    ValueKind value;
    std::string_view before;
    std::string_view after;
};

constexpr Parts plain(std::string_view text)
{
    return {ValueKind::none, text, {}};
}

/// In the order of Sentence.
constexpr auto sentences = std::to_array<Parts>({
    plain(""),
    plain("bad percent escape"),
    plain("too many parameters"),
    plain("the body is not application/x-www-form-urlencoded"),

    plain("found no host name, send at least one"),
    {ValueKind::name, "found ", ", expected the name of a host"},
    plain("found more than 20 hosts, send at most 20"),
    {ValueKind::label, "send the whole name: ", ""},
    {ValueKind::known, "the name is outside the zone ", ": send a name inside of it"},

    {ValueKind::address, "found ", ", expected an IPv4 or IPv6 address"},
    {ValueKind::address, "found ", ", expected an IPv4 address"},
    {ValueKind::address, "found ", ", expected an IPv6 address"},
    {ValueKind::address, "found ", ", expected an IPv4 address without a prefix length"},
    plain("found a zone index, expected an address without one that other hosts can reach"),
    {ValueKind::address, "found ", ", an address that no host can have: send another one"},
    {ValueKind::address, "found ",
     ", an interface identifier without a prefix: send the prefix as well, or the whole address"},
    plain("found two different IPv4 addresses, expected one"),
    plain("found two different IPv6 addresses, expected one"),
    {ValueKind::known, "found parameter ", ", expected ipv4 or ipv6"},
    plain("found an address in another parameter, expected ipv4 or ipv6"),

    {ValueKind::address, "found ", ", expected an IPv6 prefix such as 2001:db8:1:2::/64"},
    {ValueKind::address, "found ", ", expected a prefix length from 16 to 127 bits"},
    {ValueKind::address, "found ",
     ": leave the suffix out; give the host suffix= in the server's configuration"},
    plain("found two different IPv6 prefixes, expected one"),

    {ValueKind::known, "your own address is ",
     ", which other hosts cannot reach: send an address, or let the server trust your proxy "
     "(trusted_proxy=)"},
    plain("your own address is unknown, because the proxy does not send it: send an address"),
    plain("your own address is unknown: let the proxy send it in the field of proxy_header="),
    plain("found auto as IPv4 address, but the request came over IPv6: send the address"),
    plain("found auto as IPv6 address, but the request came over IPv4: send the address"),
    plain("found auto as IPv6 prefix, but the request came over IPv4: send the prefix"),

    {ValueKind::known, "found ",
     ", a private address: send a public one, or set allow_private=yes for the host"},
    plain("found no address, and the host has require_address=yes: send the address"),

    plain("txt is no value of an ACME challenge: send 43 characters of base64url"),
    plain("found txt, which this path does not support: send it to /api/update"),
    plain("RAW mode is not supported: remove HTTPREQ_MODE=RAW from the client's settings"),
});
static_assert(sentences.size() == sentence_count);

std::string filled(Sentence sentence, std::string_view value)
{
    const Parts& parts = sentences[static_cast<std::size_t>(sentence)];
    std::string text{parts.before};
    if (parts.value != ValueKind::none) {
        text += value;
        text += parts.after;
    }
    return text;
}

bool separates_parts(ValueKind kind, char c) noexcept
{
    return c == '.' || (kind == ValueKind::address && (c == ':' || c == '/' || c == ' '));
}

bool belongs_to_part(ValueKind kind, char c) noexcept
{
    return kind == ValueKind::address ? base::hex_digit(c) >= 0
                                      : base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_';
}

/// A value with a part that is as long as a token. A shorter token is warned of.
bool may_be_secret(ValueKind kind, std::string_view value)
{
    if (kind == ValueKind::known) {
        return false;
    }
    if (kind == ValueKind::address && value.find_first_of(".:") == std::string_view::npos) {
        return true;
    }
    std::size_t part = 0;
    for (const char c : kind == ValueKind::label ? value.substr(0, value.find('.')) : value) {
        if (separates_parts(kind, c)) {
            part = 0;
        } else if (!belongs_to_part(kind, c) || ++part == base::Token::min_good_bytes) {
            return true;
        }
    }
    return false;
}

} // namespace

std::string text_of(const Problem& problem, std::string_view secret)
{
    const std::string_view value = problem.value;
    std::string shown{value.substr(0, max_shown_value)};
    if (shown.size() < value.size()) {
        shown += "...";
    }
    const bool has_secret = !secret.empty() && value.find(secret) != std::string_view::npos;
    const ValueKind kind = sentences[static_cast<std::size_t>(problem.sentence)].value;
    const bool is_hidden = has_secret || may_be_secret(kind, value) || has_word_of_success(shown);
    return filled(problem.sentence, is_hidden ? "(not shown)" : shown);
}

std::string text_for_log(Sentence sentence)
{
    return filled(sentence, "...");
}

bool has_word_of_success(std::string_view text)
{
    const std::string lower = base::to_lower(text);
    return std::ranges::any_of(words_of_success,
                               [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

} // namespace http
