#include "proto/http/cross_site.h"

#include <gtest/gtest.h>

namespace http
{
namespace
{

bool is_cross(std::optional<std::string_view> host, std::optional<std::string_view> origin,
              std::optional<std::string_view> referer = std::nullopt)
{
    Request request;
    request.host = host;
    request.origin = origin;
    request.referer = referer;
    return is_cross_site(request);
}

// https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
TEST(CrossSite, IsWhatSecFetchSiteSays)
{
    Request request;
    for (const char* value :
         {"cross-site", "same-site", "", "None", "SAME-ORIGIN", "none, none", "nonsense"}) {
        request.sec_fetch_site = value;
        EXPECT_TRUE(is_cross_site(request)) << value;
    }
    for (const char* value : {"same-origin", "none"}) {
        request.sec_fetch_site = value;
        EXPECT_FALSE(is_cross_site(request)) << value;
    }
    request.host = "ns.example"; // a proxy may have changed Host
    request.origin = "https://elsewhere.example";
    EXPECT_FALSE(is_cross_site(request));
}

TEST(CrossSite, IsNoRequestWithoutAnyOfTheFields)
{
    EXPECT_FALSE(is_cross("ns.example", std::nullopt));
    EXPECT_FALSE(is_cross(std::nullopt, std::nullopt));
}

TEST(CrossSite, IsAnOriginOrRefererOfAnotherHost)
{
    EXPECT_FALSE(is_cross("ns.example", "https://ns.example"));
    EXPECT_FALSE(is_cross("NS.example", "HTTP://ns.EXAMPLE", "http://ns.example/page?a=b#c"));
    EXPECT_TRUE(is_cross("ns.example", "https://example"));
    EXPECT_TRUE(is_cross("ns.example", "https://a.ns.example"));
    EXPECT_TRUE(is_cross("ns.example", "https://ns.example.attacker.example"));
    EXPECT_TRUE(is_cross("ns.example", "https://ns.example", "https://attacker.example/"));
    EXPECT_TRUE(is_cross("ns.example", "https://attacker.example", "https://ns.example/"));
    EXPECT_TRUE(is_cross("ns.example", std::nullopt, "https://attacker.example/?https://ns.example"));
    EXPECT_FALSE(is_cross("ns.example", std::nullopt, "https://ns.example"));
    EXPECT_FALSE(is_cross("ns.example", std::nullopt, "https://ns.example?a"));
}

TEST(CrossSite, IsWhatHasNoHost)
{
    for (const char* url :
         {"", "null", "about:blank", "ns.example", "//ns.example", "ftp://ns.example", "http://", "http:///",
          "https://:443", "https://user@ns.example", "https://ns.example:x", "https://ns.example:65536",
          "https://attacker.example\\@ns.example"}) {
        EXPECT_TRUE(is_cross("ns.example", url)) << url;
        EXPECT_TRUE(is_cross("ns.example", std::nullopt, url)) << url;
    }
    EXPECT_TRUE(is_cross(std::nullopt, "https://ns.example"));
    EXPECT_TRUE(is_cross("", "https://ns.example"));
    EXPECT_TRUE(is_cross("ns.example:x", "https://ns.example"));
}

// Another port may be another user's server.
TEST(CrossSite, IsAnotherPort)
{
    EXPECT_FALSE(is_cross("ns.example:8080", "http://ns.example:8080"));
    EXPECT_TRUE(is_cross("ns.example", "http://ns.example:8080"));
    EXPECT_TRUE(is_cross("ns.example:8080", "http://ns.example"));
    EXPECT_TRUE(is_cross("ns.example:8080", "http://ns.example:8081"));
    EXPECT_FALSE(is_cross("ns.example:443", "https://ns.example"));
    EXPECT_FALSE(is_cross("ns.example", "https://ns.example:443"));
    EXPECT_FALSE(is_cross("ns.example:80", "http://ns.example"));
    EXPECT_FALSE(is_cross("ns.example:", "http://ns.example:080/"));
    EXPECT_TRUE(is_cross("ns.example:443", "http://ns.example"));
}

TEST(CrossSite, KnowsIpv6Addresses)
{
    EXPECT_FALSE(is_cross("[2001:db8::1]", "http://[2001:db8::1]"));
    EXPECT_FALSE(is_cross("[2001:db8::1]:8080", "http://[2001:DB8::1]:8080/a:b]"));
    EXPECT_TRUE(is_cross("[2001:db8::1]", "http://[2001:db8::2]"));
    EXPECT_TRUE(is_cross("[2001:db8::1]", "http://[2001:db8::1]:8080"));
}

} // namespace
} // namespace http
