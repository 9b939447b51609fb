#include "proto/http/sentences.h"

#include <algorithm>

#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace http
{

namespace
{

/// The value, if there is one, is between the two parts.
struct Parts {
    std::string_view before;
    std::string_view after;
    bool has_value = true;
};

constexpr Parts plain(std::string_view text)
{
    return {text, {}, false};
}

/// In the order of Sentence.
constexpr auto sentences = std::to_array<Parts>({
    plain(""),
    plain("bad percent escape"),
    plain("too many parameters"),
    plain("the body is not application/x-www-form-urlencoded"),

    plain("found no host name, send at least one"),
    {"found ", ", expected the name of a host"},
    plain("found more than 20 hosts, send at most 20"),
    {"send the whole name: ", ""},
    {"the name is outside the zone ", ": send a name inside of it"},

    {"found ", ", expected an IPv4 or IPv6 address"},
    {"found ", ", expected an IPv4 address"},
    {"found ", ", expected an IPv6 address"},
    {"found ", ", expected an IPv4 address without a prefix length"},
    {"found ", ", expected an address without a zone index that other hosts can reach"},
    {"found ", ", an address that no host can have: send another one"},
    {"found ", ", an interface identifier without a prefix: send the prefix as well, or the whole address"},
    plain("found two different IPv4 addresses, expected one"),
    plain("found two different IPv6 addresses, expected one"),
    {"found parameter ", ", expected ipv4 or ipv6"},
    plain("found an address in another parameter, expected ipv4 or ipv6"),

    {"found ", ", expected an IPv6 prefix such as 2001:db8:1:2::/64"},
    {"found ", ", expected a prefix length from 16 to 127 bits"},
    {"found ", ": leave the suffix out; give the host suffix= in the server's configuration"},
    plain("found two different IPv6 prefixes, expected one"),

    {"your own address is ", ", which other hosts cannot reach: send an address, or let the server trust "
                             "your proxy (trusted_proxy=)"},
    plain("your own address is unknown, because the proxy does not send it: send an address"),
    plain("found auto as IPv4 address, but the request came over IPv6: send the address"),
    plain("found auto as IPv6 address, but the request came over IPv4: send the address"),
    plain("found auto as IPv6 prefix, but the request came over IPv4: send the prefix"),

    {"found ", ", a private address: send a public one, or set allow_private=yes for the host"},
    plain("found no address, and the host has require_address=yes: send the address"),

    {"found ", ", expected the value of an ACME challenge: 43 characters of base64url"},
    plain("found txt, which this path does not support: send it to /api/update"),
    plain("RAW mode is not supported: remove HTTPREQ_MODE=RAW from the client's settings"),
});
static_assert(sentences.size() == sentence_count);

std::string filled(Sentence sentence, std::string_view value)
{
    const Parts& parts = sentences[static_cast<std::size_t>(sentence)];
    std::string text{parts.before};
    if (parts.has_value) {
        text += value;
        text += parts.after;
    }
    return text;
}

/// A name that is none, or that has no dot, may be a token at a wrong place.
bool may_be_token(const Problem& problem)
{
    const bool is_name = problem.sentence == Sentence::bad_host || problem.sentence == Sentence::single_label;
    return is_name && problem.value.substr(0, problem.value.find('.')).size() >= base::Token::min_good_bytes;
}

} // namespace

std::string text_of(const Problem& problem, std::string_view secret)
{
    const std::string shown = base::escape(problem.value, max_shown_value);
    const bool has_secret = !secret.empty() && problem.value.find(secret) != std::string::npos;
    const bool may_be_shown = !has_secret && !may_be_token(problem) && !has_word_of_success(shown);
    return filled(problem.sentence, may_be_shown ? shown : "(not shown)");
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
