#include "proto/http/cross_site.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/base/text.h"

namespace http
{

namespace
{

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

struct Site {
    std::string_view host; ///< an IPv6 address with its brackets
    std::uint64_t port = 0;
};

/// "HOST", "HOST:" or "HOST:PORT" (RFC 3986 section 3.2), without a user.
std::optional<Site> site_of(std::string_view authority, std::uint16_t default_port) noexcept
{
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    if (host.empty() || authority.find('@') != std::string_view::npos) {
        return std::nullopt;
    }
    if (colon == std::string_view::npos || colon + 1 == authority.size()) {
        return Site{host, default_port};
    }
    const auto port = base::parse_decimal(authority.substr(colon + 1), 65535);
    return port ? std::optional{Site{host, *port}} : std::nullopt;
}

/// `url`: absolute, of HTTP. An opaque origin, "null", is none.
bool is_of(std::string_view url, std::string_view host) noexcept
{
    constexpr std::string_view plain = "http://";
    constexpr std::string_view encrypted = "https://";
    const bool is_plain = base::equal_ignoring_case(url.substr(0, plain.size()), plain);
    if (!is_plain && !base::equal_ignoring_case(url.substr(0, encrypted.size()), encrypted)) {
        return false;
    }
    url.remove_prefix(is_plain ? plain.size() : encrypted.size());
    const std::uint16_t default_port = is_plain ? http_port : https_port;
    const auto there = site_of(url.substr(0, url.find_first_of("/?#")), default_port);
    const auto here = site_of(host, default_port);
    return there && here && base::equal_ignoring_case(there->host, here->host) && there->port == here->port;
}

} // namespace

bool is_cross_site(const Request& request) noexcept
{
    if (request.sec_fetch_site) {
        return *request.sec_fetch_site != "same-origin" && *request.sec_fetch_site != "none";
    }
    const auto is_elsewhere = [host = request.host.value_or("")](const std::optional<std::string_view>& url) {
        return url && !is_of(*url, host);
    };
    return is_elsewhere(request.origin) || is_elsewhere(request.referer);
}

} // namespace http
