#include "proto/http/credentials.h"

#include <algorithm>
#include <string_view>

#include "proto/base/base64.h"
#include "proto/base/text.h"

namespace http
{

namespace
{

/// A scheme and what follows it (RFC 9110 section 11.4).
struct Credentials {
    std::string_view scheme;
    std::string_view rest;
};

Credentials credentials_of(const Request& request) noexcept
{
    const std::string_view field = request.authorization.value_or("");
    const std::size_t end = std::min(field.find_first_of(" \t"), field.size());
    const std::size_t rest = std::min(field.find_first_not_of(" \t", end), field.size());
    return {field.substr(0, end), field.substr(rest)};
}

/// RFC 4648 section 3.2: padding makes the length a multiple of four. Some clients leave it out.
Secret from_base64(std::string_view text)
{
    const std::size_t digits = text.find_last_not_of('=') + 1; // 0 if there is none
    const std::size_t padding = text.size() - digits;
    if (padding > 2 || (padding != 0 && text.size() % 4 != 0)) {
        return ImpossibleSecret{};
    }
    base::WipedBytes bytes(digits * 3 / 4);
    if (!base::read_base64(text.substr(0, digits), bytes)) {
        return ImpossibleSecret{};
    }
    const std::string_view pair = base::as_text(bytes);
    const std::size_t colon = pair.find(':');
    return colon == std::string_view::npos ? ImpossibleSecret{} : secret_from(pair.substr(colon + 1));
}

} // namespace

Secret secret_from(std::string_view text)
{
    if (text.empty()) {
        return NoSecret{};
    }
    const auto token = base::Token::from(text);
    return token ? Secret{*token} : ImpossibleSecret{};
}

Secret basic_secret_of(const Request& request)
{
    const auto [scheme, rest] = credentials_of(request);
    return base::equal_ignoring_case(scheme, "Basic") && !rest.empty() ? from_base64(rest) : NoSecret{};
}

Secret secret_of(const Request& request, const Parameters& parameters)
{
    for (const std::string_view name : {"token", "password"}) {
        const std::string_view value = parameters.find(name).value_or("");
        if (!value.empty()) {
            return secret_from(value);
        }
    }
    const auto [scheme, rest] = credentials_of(request);
    if (base::equal_ignoring_case(scheme, "Bearer") || base::equal_ignoring_case(scheme, "Token")) {
        return secret_from(rest);
    }
    return basic_secret_of(request);
}

} // namespace http
