#include "proto/config/value_warnings.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <variant>

#include "proto/base/address.h"
#include "proto/base/secret.h"
#include "proto/config/comments.h"
#include "proto/config/values.h"

namespace config
{

namespace
{

/// Tokens and hashes of the manuals, GUIDE.md and the example config (tests/proto/config/options.cpp).
constexpr auto documented_tokens =
    std::to_array<std::string_view>({"0f6b2c1d9a7e4f3388d1c5a2b7e09614", "choose-a-long-random-text"});
constexpr std::string_view documented_hash =
    "{SSHA256}M5ow91e5ccbFIXWFxq81jou+WZrrCFtxUbTw4SjNJ197Tp8tHIpeP20LLEqej31h";

constexpr bool is_quote(char c) noexcept
{
    return c == '"' || c == '\'';
}

/// Other formats have text in quotes, and comments after a value. Returns whether it has warned.
bool warn_of_syntax(std::string_view key, std::string_view what, const Word& value, Warnings& warnings)
{
    const std::string_view text = value.text;
    const bool has_quotes = is_quote(text.front()) || is_quote(text.back());
    if (has_quotes) {
        warnings.add(Oddity::quotes, value.at,
                     "{}: found quotes at the start or the end, expected none: they are part of the {}",
                     {key, what});
    }
    const std::size_t comment = find_comment(text);
    // a text may start with '#', but if a blank follows, the value was probably left out
    const bool has_comment = comment != text.npos && (comment != 0 || (text.size() > 1 && is_blank(text[1])));
    if (has_comment) {
        warnings.add(Oddity::comment, part(value, comment, 0).at,
                     "{}: found \"{}\" after a space, expected a comment on its own line: here it is part of "
                     "the {}",
                     {key, text.substr(comment, 1), what});
    }
    return has_quotes || has_comment;
}

/// RFC 3986 section 3.4: the printable characters that a query may not have as they are, and those that end a
/// parameter or stand for something else in a form.
constexpr bool needs_escape(char c) noexcept
{
    return c <= ' ' || c > '~' || std::string_view{"\"#%&+<>[\\]^`{|}"}.find(c) != std::string_view::npos;
}

void warn_of_token(const Word& value, Warnings& warnings)
{
    if (!warn_of_syntax("token", "token", value, warnings) && must_be_escaped(value.text)) {
        warnings.add(Oddity::escaped_token, value.at,
                     "token: found a character that a URL must escape, expected letters and digits");
    }
    if (value.text.size() < base::Token::min_good_bytes) {
        warnings.add(Oddity::short_token, value.at,
                     "token: found fewer than {} characters, which can be guessed, expected more; nanodnsd "
                     "--new-token prints a token",
                     {base::Token::min_good_bytes});
    }
    const std::size_t quotes = is_quote(value.text.front()) ? 1 : 0;
    const std::string_view inside = value.text.substr(quotes, value.text.size() - 2 * quotes);
    if (std::ranges::find(documented_tokens, inside) != documented_tokens.end()) {
        warnings.add(Oddity::known_token, value.at,
                     "token: found the token of an example, which everybody knows, expected a secret one; "
                     "nanodnsd --new-token prints a token");
    }
}

/// RFC 1035 section 8: the SOA's mailbox, to which resolvers' administrators write.
void warn_of_mailbox(const Word& value, Warnings& warnings)
{
    const std::string_view domain = value.text.substr(value.text.find('@') + 1);
    if (domain.find('.') >= domain.size() - 1) {
        warnings.add(Oddity::local_mailbox, value.at,
                     "email: found a domain of one label, expected a whole one");
    }
}

void warn_of_lifetime(const Word& value, Warnings& warnings)
{
    if (parse_time(value.text, base::Seconds{3599})) {
        warnings.add(Oddity::short_lifetime, value.at,
                     "expire: found less than an hour, expected more: most clients report less often");
    }
}

void warn_of_hash(std::string_view key, const Word& value, Warnings& warnings)
{
    if (value.text == documented_hash) {
        warnings.add(Oddity::known_token, value.at,
                     "{}: found the hash of an example, expected one of your own; nanodnsd {} prints it",
                     {key, key == "token_hash" ? "--hash-token" : "--acme-json"});
    }
}

/// Text in single quotes is read as words that contain them.
void warn_of_single_quotes(std::string_view key, const Word& value, Warnings& warnings)
{
    const std::string_view text = value.text;
    if (!text.ends_with('\'')) {
        return;
    }
    for (std::size_t i = 0; i + 1 < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\'' && (i == 0 || is_blank(text[i - 1]))) {
            warnings.add(
                Oddity::single_quotes, part(value, i, 0).at,
                "{}: found single quotes, which are part of the text, expected double quotes around it",
                {key});
            return;
        }
    }
}

/// Whoever reaches the port reads the names of hosts and what they do.
void warn_of_metrics_address(const Word& value, Warnings& warnings)
{
    std::string_view rest = value.text;
    while (!rest.empty()) {
        const auto* const end = std::ranges::find_if(rest, is_blank);
        const std::string_view item{rest.begin(), end};
        const auto address = base::parse_address(item);
        const bool is_loopback = address && (address->is4() ? address->as4().bytes[0] == 127
                                                            : *address == *base::parse_address("::1"));
        if (address && !is_loopback) {
            warnings.add(Oddity::open_metrics, value.at,
                         "listen: found {} in [metrics], expected a loopback address: everybody who can "
                         "connect to it reads the metrics",
                         {item});
            return;
        }
        rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    }
}

} // namespace

bool must_be_escaped(std::string_view token) noexcept
{
    return std::ranges::any_of(token, needs_escape);
}

void warn_of_value(const Option& option, const Word& value, Warnings& warnings)
{
    if (value.text.empty()) {
        return; // an error
    }
    if (std::holds_alternative<TokenText>(option.kind)) {
        warn_of_token(value, warnings);
    } else if (std::holds_alternative<HashText>(option.kind)) {
        warn_of_hash(option.name, value, warnings);
    } else if (std::holds_alternative<PlainText>(option.kind)) {
        warn_of_syntax(option.name, "text", value, warnings);
    } else if (option.section == Section::metrics && std::holds_alternative<AddressList>(option.kind)) {
        warn_of_metrics_address(value, warnings);
    } else if (std::holds_alternative<HostRecord>(option.kind)) {
        warn_of_single_quotes(option.name, value, warnings);
    } else if (std::holds_alternative<Mailbox>(option.kind)) {
        warn_of_mailbox(value, warnings);
    } else if (option.name == "expire") {
        warn_of_lifetime(value, warnings);
    }
}

} // namespace config
