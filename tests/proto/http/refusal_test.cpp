// What is known of a request that is refused.
#include <gtest/gtest.h>
#include <string>

#include "proto/http/request.h"

namespace http
{
namespace
{

std::string path_after(std::string_view text)
{
    RequestReader reader;
    reader.read(text);
    return std::string{reader.path(text).value_or("(none)")};
}

// For the log, whatever is wrong with the rest.
TEST(RequestPath, IsKnownOnceTheRequestLineIsValid)
{
    EXPECT_EQ(path_after("GET /a?token=x HTTP/1.1\r\nno colon\r\n"), "/a");
    EXPECT_EQ(path_after("PUT /a?token=x HTTP/1.1\r\n"), "/a");
    EXPECT_EQ(path_after("GET /a?token=x HTTP/2.0\r\n"), "/a");
    EXPECT_EQ(path_after("GET http://h:8/a#token HTTP/1.1\r\n"), "/a");
    EXPECT_EQ(path_after("GET /a HTTP/1.1"), "(none)");
    EXPECT_EQ(path_after("GET /a b HTTP/1.1\r\n"), "(none)");
    EXPECT_EQ(path_after("GET /" + std::string(max_request_line, 'a')), "(none)");
}

Method method_after(std::string_view text)
{
    RequestReader reader;
    reader.read(text);
    return reader.method();
}

// A reply to HEAD has no content, whatever is wrong with the request.
TEST(RequestMethod, IsKnownInARefusedRequestToo)
{
    EXPECT_EQ(method_after("HEAD /a HTTP/2.0\r\n"), Method::head);
    EXPECT_EQ(method_after("HEAD /a b HTTP/1.1\r\n"), Method::head);
    EXPECT_EQ(method_after("HEAD /" + std::string(max_request_line, 'a')), Method::head);
    EXPECT_EQ(method_after("HEADS /a HTTP/1.1\r\n"), Method::other);
    EXPECT_EQ(method_after("POST /a HTTP/1.1\r\nno colon\r\n"), Method::post);
}

std::string_view why_refused(std::string_view text)
{
    return std::get<Refusal>(RequestReader{}.read(text)).why;
}

std::string_view why_fields_are_refused(const std::string& fields)
{
    return why_refused("POST / HTTP/1.1\r\n" + fields + "\r\n");
}

TEST(Request, SaysWhyItIsRefusedWith400)
{
    EXPECT_EQ(why_refused("GET /a b HTTP/1.1\r\n"), "malformed request line");
    EXPECT_EQ(why_fields_are_refused("no colon\r\n"), "malformed header field");
    EXPECT_EQ(why_fields_are_refused("Host: a\r\nHost: a\r\n"), "two host fields");
    EXPECT_EQ(why_fields_are_refused("Content-Type: a\r\nContent-Type: a\r\n"), "two content-type fields");
    EXPECT_EQ(why_fields_are_refused("Content-Length: -1\r\n"), "malformed content-length");
    EXPECT_EQ(why_fields_are_refused("Content-Length: 1\r\nContent-Length: 2\r\n"),
              "two content-length fields that differ");
    EXPECT_EQ(why_fields_are_refused("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
              "both transfer-encoding and content-length");
    EXPECT_EQ(why_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "transfer-encoding in HTTP/1.0");
}

} // namespace
} // namespace http
