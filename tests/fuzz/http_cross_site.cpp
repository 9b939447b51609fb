// Properties: a page of a host is of the same site as that host, with its port or the scheme's default; a
// longer or another host is not; Sec-Fetch-Site decides alone.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/http/cross_site.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool is_cross(std::string_view host, const std::string& origin, const std::string& referer)
{
    http::Request request;
    request.host = host;
    request.origin = origin;
    request.referer = referer;
    return http::is_cross_site(request);
}

} // namespace

// Three lines: Host, Origin, Referer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = base::as_text({data, size});
    const std::string host{text.substr(0, text.find('\n'))};
    std::string_view rest = text.substr(std::min(host.size() + 1, size));
    const std::string origin{rest.substr(0, rest.find('\n'))};
    const std::string referer{rest.substr(std::min(origin.size() + 1, rest.size()))};

    if (!is_cross(host, origin, referer)) {
        require(!is_cross(base::to_lower(host), base::to_lower(origin), base::to_lower(origin)));
        require(!is_cross(host, referer, origin));
        require(is_cross('x' + host, origin, referer) && is_cross(host, origin, "null"));
        require(is_cross(host + "x", origin, referer));
        for (const char* scheme : {"http://", "HTTPS://"}) {
            // the scheme does not count if the port is given
            const bool has_port =
                host.find(':', host.find(']') == std::string::npos ? 0 : host.find(']')) != std::string::npos;
            require(!has_port || host.back() == ':' ||
                    !is_cross(host, scheme + host, scheme + host + "/a?b#c"));
        }
    }
    http::Request request;
    request.host = host;
    request.origin = origin;
    request.sec_fetch_site = referer;
    require(http::is_cross_site(request) == (referer != "same-origin" && referer != "none"));
    return 0;
}
