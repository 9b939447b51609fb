#include <gtest/gtest.h>
#include <string>

#include "proto/base/text.h"
#include "proto/http/request.h"

namespace http
{
namespace
{

std::string with_fields(const std::string& fields)
{
    return "POST / HTTP/1.1\r\n" + fields + "\r\n";
}

/// The result has views of `text`, which must outlive it.
Request complete(const std::string& text)
{
    const auto progress = RequestReader{}.read(text);
    const auto* request = std::get_if<Request>(&progress);
    EXPECT_NE(request, nullptr) << text;
    return request == nullptr ? Request{} : *request;
}

std::string why_refused(const std::string& text)
{
    const auto progress = RequestReader{}.read(text);
    const auto* refusal = std::get_if<Refusal>(&progress);
    return refusal == nullptr ? "" : std::string{refusal->why};
}

TEST(RequestHeader, HasTheFieldsThatAreUsed)
{
    const std::string text =
        with_fields("Host: h:8080\r\nAUTHORIZATION: Basic dTpw\r\nx-api-user: u\r\nX-API-KEY:\tk\t\r\n"
                    "origin: null\r\nReferer: https://h/\r\nsec-fetch-site: none\r\nX-Api: x\r\n");
    const Request request = complete(text);
    EXPECT_EQ(request.host, "h:8080");
    EXPECT_EQ(request.authorization, "Basic dTpw");
    EXPECT_EQ(request.api_user, "u");
    EXPECT_EQ(request.api_key, "k");
    EXPECT_EQ(request.origin, "null");
    EXPECT_EQ(request.referer, "https://h/");
    EXPECT_EQ(request.sec_fetch_site, "none");
    EXPECT_FALSE(request.content_type);
    const std::string with_an_empty_one = with_fields("X-Api-Key:\r\n");
    EXPECT_EQ(complete(with_an_empty_one).api_key, "");
    EXPECT_FALSE(complete(with_an_empty_one).host);
}

// RFC 9110 section 5.3: a field that is not a list occurs once only.
TEST(RequestHeader, RefusesASecondFieldThatIsNoList)
{
    for (const std::string name : {"Authorization", "X-Api-User", "X-Api-Key", "Origin", "Referer",
                                   "Sec-Fetch-Site", "Content-Type", "Host"}) {
        const std::string lower = base::to_lower(name);
        const std::string why = "two " + lower + " fields";
        EXPECT_EQ(why_refused(with_fields(name + ": a\r\n")), "") << name;
        EXPECT_EQ(why_refused(with_fields(name + ": a\r\nA: b\r\n" + lower + ": a\r\n")), why);
        EXPECT_EQ(why_refused(with_fields(name + ":\r\n" + name + ":\r\n")), why);
    }
    EXPECT_EQ(why_refused(with_fields("X-Forwarded-For: a\r\nX-Forwarded-For: a\r\n")), "");
}

TEST(RequestHeader, HasAllLinesOfAFieldTheLastOneFirst)
{
    const std::string text = with_fields("Via: a, b\r\nvia2: x\r\nVIA:\r\nA: Via: x\nvia: \t c \n");
    FieldLines lines{complete(text).header, "Via"};
    EXPECT_EQ(lines.previous(), "c");
    EXPECT_EQ(lines.previous(), "");
    EXPECT_EQ(lines.previous(), "a, b");
    EXPECT_FALSE(lines.previous());
    EXPECT_FALSE(lines.previous());
    const std::string without = with_fields("");
    EXPECT_FALSE((FieldLines{complete(without).header, "Via"}.previous()));
}

} // namespace
} // namespace http
