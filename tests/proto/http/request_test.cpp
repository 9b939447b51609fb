#include "proto/http/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace http
{
namespace
{

using Progress = RequestReader::Progress;

Progress read_whole(std::string_view text)
{
    return RequestReader{}.read(text);
}

/// The result has views of `text`, which must outlive it.
Request request_of(const std::string& text)
{
    const Progress progress = read_whole(text);
    if (!std::holds_alternative<Request>(progress)) {
        ADD_FAILURE() << "not a complete request: " << text.substr(0, 200);
        return {};
    }
    return std::get<Request>(progress);
}

/// 0 if it was not refused.
int refusal_of(const std::string& text)
{
    const Progress progress = read_whole(text);
    const auto* refusal = std::get_if<Refusal>(&progress);
    return refusal == nullptr ? 0 : static_cast<int>(refusal->status);
}

bool wants_more(std::string_view text)
{
    return std::holds_alternative<NeedMore>(read_whole(text));
}

std::string with_header(const std::string& header)
{
    return "POST / HTTP/1.1\r\n" + header + "\r\n";
}

TEST(Request, HasMethodPathQueryAndBody)
{
    const std::string text = "POST /a/b?x=1&y=?2 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhellogarbage";
    const Request request = request_of(text);
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.path, "/a/b");
    EXPECT_EQ(request.query, "x=1&y=?2");
    EXPECT_EQ(request.body, "hello");
    EXPECT_FALSE(request.content_type);
}

TEST(Request, DistinguishesNoQueryFromAnEmptyOne)
{
    EXPECT_EQ(request_of("GET /a HTTP/1.0\r\n\r\n").method, Method::get);
    EXPECT_FALSE(request_of("GET /a HTTP/1.0\r\n\r\n").query);
    EXPECT_TRUE(request_of("GET /a? HTTP/1.0\r\n\r\n").query);
}

// The reader gets one more byte in each call.
TEST(Request, IsCompleteWithItsLastByteAndNotBefore)
{
    const std::string text = "\r\nPOST /p?q HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    RequestReader reader;
    for (std::size_t size = 0; size < text.size(); ++size) {
        ASSERT_TRUE(std::holds_alternative<NeedMore>(reader.read({text.data(), size}))) << size;
    }
    const Progress last = reader.read(text);
    ASSERT_TRUE(std::holds_alternative<Request>(last));
    EXPECT_EQ(std::get<Request>(last).query, "q");
    EXPECT_EQ(std::get<Request>(last).body, "abc");
}

// The buffer may move while it grows: the reader stores offsets.
TEST(Request, HasViewsOfTheBytesOfTheLastCall)
{
    const std::string text = "GET /path?query HTTP/1.1\r\nContent-Type: t\r\n\r\n";
    RequestReader reader;
    {
        const std::string first = text.substr(0, text.size() - 1);
        ASSERT_TRUE(std::holds_alternative<NeedMore>(reader.read(first)));
    }
    const Progress progress = reader.read(text);
    const Request& request = std::get<Request>(progress);
    EXPECT_EQ(request.path.data(), text.data() + 4);
    EXPECT_EQ(request.content_type, "t");
}

// RFC 9112 section 2.2
TEST(RequestLine, EndsInCrLfOrInLf)
{
    EXPECT_EQ(request_of("GET /a HTTP/1.1\nHost: x\n\n").path, "/a");
    EXPECT_EQ(request_of("GET /a HTTP/1.1\nHost: x\r\n\n").path, "/a");
}

// RFC 9112 section 2.2: a CR that does not end a line is invalid.
TEST(RequestLine, RefusesABareCrAndOtherControlBytes)
{
    EXPECT_EQ(refusal_of("GET /a\rb HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of(std::string{"GET /a\0b HTTP/1.1\r\n\r\n", 21}), 400);
    EXPECT_EQ(refusal_of("GET /a\tb HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET /a\x7F HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET /a HTTP/1.1\r\r\n\r\n"), 400);
}

// RFC 9112 section 2.2: "SHOULD ignore at least one empty line"; more than one are refused.
TEST(RequestLine, MayFollowOneEmptyLine)
{
    EXPECT_EQ(request_of("\r\nGET /a HTTP/1.1\r\n\r\n").path, "/a");
    EXPECT_EQ(request_of("\nGET /a HTTP/1.1\r\n\r\n").path, "/a");
    EXPECT_EQ(refusal_of("\r\n\r\nGET /a HTTP/1.1\r\n\r\n"), 400);
}

// RFC 9112 section 3: method SP target SP version
TEST(RequestLine, HasExactlyTwoSpaces)
{
    EXPECT_EQ(refusal_of("GET /a\r\n\r\n"), 400); // HTTP/0.9
    EXPECT_EQ(refusal_of("GET\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET  HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of(" /a HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET  /a HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET /a HTTP/1.1 \r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("GET /a b HTTP/1.1\r\n\r\n"), 400);
}

// The order of the checks is the predecessor's: the spaces, then the version, then the method.
TEST(RequestLine, IsCheckedInThePredecessorsOrder)
{
    EXPECT_EQ(refusal_of("PUT HTTP/3.0\r\n\r\n"), 400);
    EXPECT_EQ(refusal_of("PUT /a HTTP/3.0\r\n\r\n"), 505);
    EXPECT_EQ(refusal_of("PUT /a HTTP/1.1\r\n\r\n"), 501);
}

TEST(RequestLine, AcceptsTwoVersionsOnly)
{
    for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.10", "HTTP/1."}) {
        EXPECT_EQ(refusal_of("GET /a " + std::string{version} + "\r\n\r\n"), 505) << version;
    }
    EXPECT_EQ(refusal_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505); // RFC 9113 section 3.4
}

// RFC 9110 section 9.1: method names are case-sensitive.
TEST(RequestLine, AcceptsThreeMethodsOnly)
{
    EXPECT_EQ(request_of("HEAD /a HTTP/1.1\r\n\r\n").method, Method::head);
    for (const char* method : {"head", "PUT", "DELETE", "OPTIONS", "get", "Post", "GETS"}) {
        EXPECT_EQ(refusal_of(std::string{method} + " /a HTTP/1.1\r\n\r\n"), 501) << method;
    }
}

// The predecessor's limit: 8189 bytes and the line end.
TEST(RequestLine, AcceptsTheLongestAndRefusesOneByteMore)
{
    const std::string frame = "GET / HTTP/1.1";
    const std::string longest = "GET /" + std::string(max_request_line - frame.size(), 'a') + " HTTP/1.1";
    const std::string too_long = "GET /a" + longest.substr(5);
    EXPECT_EQ(request_of(longest + "\r\n\r\n").path.size(), max_request_line - frame.size() + 1);
    EXPECT_EQ(request_of(longest + "\n\n").path.size(), max_request_line - frame.size() + 1);
    EXPECT_EQ(refusal_of(too_long + "\r\n\r\n"), 414);
    EXPECT_EQ(refusal_of(too_long + "\n\n"), 414);
}

TEST(RequestLine, IsRefusedBeforeItsEndIfItIsTooLong)
{
    EXPECT_TRUE(wants_more(std::string(max_request_line, 'a')));
    EXPECT_TRUE(wants_more(std::string(max_request_line, 'a') + '\r'));
    EXPECT_EQ(refusal_of(std::string(max_request_line + 2, 'a')), 414);
}

TEST(RequestTarget, IsReadWithoutItsFragment)
{
    EXPECT_EQ(request_of("GET /a?b#c?d HTTP/1.1\r\n\r\n").query, "b");
    EXPECT_EQ(request_of("GET /a#b?c HTTP/1.1\r\n\r\n").path, "/a");
    EXPECT_FALSE(request_of("GET /a#b?c HTTP/1.1\r\n\r\n").query);
}

// RFC 9112 section 3.2.2: "a server MUST accept the absolute-form"
TEST(RequestTarget, MayBeAbsolute)
{
    const std::string text = "GET HTTP://example.net:80/a?b HTTP/1.1\r\n\r\n";
    EXPECT_EQ(request_of(text).path, "/a");
    EXPECT_EQ(request_of(text).query, "b");
    EXPECT_EQ(request_of("GET https://[::1]/x HTTP/1.1\r\n\r\n").path, "/x");
    EXPECT_EQ(request_of("GET http://example.net HTTP/1.1\r\n\r\n").path, "");
    EXPECT_EQ(request_of("GET http://example.net?a/b HTTP/1.1\r\n\r\n").query, "a/b");
    EXPECT_EQ(request_of("GET ftp://example.net/a HTTP/1.1\r\n\r\n").path, "ftp://example.net/a");
}

// Routers put values into the target without escapes.
TEST(RequestTarget, MayHaveBytesThatShouldBeEscaped)
{
    EXPECT_EQ(request_of("GET /a?t=\"<\xC3\xA4|{}>^` HTTP/1.1\r\n\r\n").query, "t=\"<\xC3\xA4|{}>^`");
}

// RFC 9112 section 5.1: white space before the colon; 5.2: folded lines. Both have been used for request
// smuggling.
TEST(RequestHeader, RefusesAmbiguousFields)
{
    EXPECT_EQ(refusal_of(with_header("Content-Length : 0\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("Content-Length\t: 0\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header(" Content-Length: 0\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("A: b\r\n c\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("A: b\r\n\tc\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("no colon\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header(": no name\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("A(b): c\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("A: b\rc\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("A: b\x01\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header(std::string{"A: b\0\r\n", 7})), 400);
}

// RFC 9110 section 5.5
TEST(RequestHeader, AcceptsTabsAndBytesAboveAscii)
{
    EXPECT_EQ(refusal_of(with_header("A:\tb \xFF\t\r\nX-y_z!#$%&'*+.^`|~0:\r\n")), 0);
}

TEST(RequestHeader, HasAtMost100Fields)
{
    std::string fields;
    for (std::size_t i = 0; i < max_fields; ++i) {
        fields += "A: b\r\n";
    }
    EXPECT_EQ(refusal_of(with_header(fields)), 0);
    EXPECT_EQ(refusal_of(with_header(fields + "A: b\r\n")), 431);
}

TEST(RequestHeader, AcceptsTheLongestAndRefusesOneByteMore)
{
    const std::string value(max_header - std::string_view{"A: \r\n\r\n"}.size(), 'v');
    EXPECT_EQ(refusal_of(with_header("A: " + value + "\r\n")), 0);
    EXPECT_EQ(refusal_of(with_header("A: " + value + "v\r\n")), 431);
}

TEST(RequestHeader, IsRefusedBeforeItsEndIfItIsTooLong)
{
    const std::string line = "GET / HTTP/1.1\r\n";
    EXPECT_TRUE(wants_more(line + std::string(max_header, 'a')));
    EXPECT_EQ(refusal_of(line + std::string(max_header + 1, 'a')), 431);
}

// RFC 9112 section 3.2 says that it must be refused; scripts for the predecessor do not send it.
TEST(RequestHeader, NeedsNoHost)
{
    EXPECT_EQ(refusal_of("GET /a HTTP/1.1\r\n\r\n"), 0);
}

// RFC 9112 section 3.2
TEST(RequestHeader, RefusesTwoHosts)
{
    EXPECT_EQ(refusal_of(with_header("Host: a\r\n")), 0);
    EXPECT_EQ(refusal_of(with_header("Host: a\r\nhost: a\r\n")), 400);
}

TEST(RequestHeader, HasTheTypeOfTheBody)
{
    EXPECT_EQ(request_of(with_header("content-TYPE: \t text/plain; a=b \t\r\n")).content_type,
              "text/plain; a=b");
    EXPECT_EQ(request_of(with_header("Content-Type:\r\n")).content_type, "");
    EXPECT_EQ(refusal_of(with_header("Content-Type: a\r\nContent-Type: a\r\n")), 400);
}

// RFC 9112 section 6.3
TEST(RequestBody, HasOneLength)
{
    EXPECT_EQ(request_of(with_header("Content-Length: 2\r\n") + "abc").body, "ab");
    EXPECT_EQ(request_of(with_header("Content-Length: 2\r\nContent-Length: 2\r\n") + "abc").body, "ab");
    EXPECT_EQ(refusal_of(with_header("Content-Length: 2\r\nContent-Length: 3\r\n") + "abc"), 400);
    EXPECT_EQ(refusal_of(with_header("Content-Length: 9\r\nContent-Length: 99999999999999999999\r\n")), 400);
    for (const char* value : {"", "-1", "+1", "1a", "0x1", "1, 1", "1 1", "1."}) {
        EXPECT_EQ(refusal_of(with_header("Content-Length: " + std::string{value} + "\r\n")), 400) << value;
    }
}

// RFC 9112 section 6.3
TEST(RequestBody, IsEmptyWithoutALength)
{
    EXPECT_EQ(request_of(with_header("") + "abc").body, "");
    EXPECT_EQ(request_of(with_header("Content-Length: 0\r\n") + "abc").body, "");
}

TEST(RequestBody, HasAtMost8192Bytes)
{
    const std::string body(max_body, 'b');
    EXPECT_EQ(request_of(with_header("Content-Length: 8192\r\n") + body).body, body);
    EXPECT_TRUE(wants_more(with_header("Content-Length: 8192\r\n") + body.substr(1)));
    EXPECT_EQ(refusal_of(with_header("Content-Length: 8193\r\n")), 413);
    EXPECT_EQ(refusal_of(with_header("Content-Length: 99999999999999999999999\r\n")), 413);
}

// RFC 9112 section 6.1: an unknown coding is 501; with Content-Length, or in HTTP/1.0, the framing is
// invalid. RFC 9110 section 15.5.12: 411 asks the client for a length.
TEST(RequestBody, MustNotBeChunked)
{
    EXPECT_EQ(refusal_of(with_header("Transfer-Encoding: chunked\r\n")), 411);
    EXPECT_EQ(refusal_of(with_header("transfer-encoding: CHUNKED\r\n")), 411);
    EXPECT_EQ(refusal_of(with_header("Transfer-Encoding: gzip, chunked\r\n")), 501);
    EXPECT_EQ(refusal_of(with_header("Transfer-Encoding: \x0B"
                                     "chunked\r\n")),
              400);
    EXPECT_EQ(refusal_of(with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), 501);
    EXPECT_EQ(refusal_of(with_header("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")), 400);
    EXPECT_EQ(refusal_of(with_header("Content-Length: 3\r\nTransfer-Encoding: identity\r\n")), 400);
    EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

bool asks_to_continue(const Progress& progress)
{
    const auto* more = std::get_if<NeedMore>(&progress);
    return more != nullptr && more->send_continue;
}

// RFC 9110 section 10.1.1
TEST(RequestExpectation, IsMetOnceBeforeTheBodyArrives)
{
    const std::string text = with_header("Expect: 100-Continue\r\nContent-Length: 2\r\n") + "ab";
    const std::string_view view{text};
    RequestReader reader;
    EXPECT_FALSE(asks_to_continue(reader.read(view.substr(0, text.size() - 3))));
    EXPECT_TRUE(asks_to_continue(reader.read(view.substr(0, text.size() - 2))));
    EXPECT_FALSE(asks_to_continue(reader.read(view.substr(0, text.size() - 2))));
    EXPECT_FALSE(asks_to_continue(reader.read(view.substr(0, text.size() - 1))));
    EXPECT_TRUE(std::holds_alternative<Request>(reader.read(view)));
}

TEST(RequestExpectation, IsIgnoredIfNoReplyIsNeeded)
{
    const std::string expect = "Expect: 100-continue\r\nContent-Length: 2\r\n";
    EXPECT_FALSE(asks_to_continue(read_whole(with_header(expect) + "a")));
    EXPECT_FALSE(asks_to_continue(read_whole("POST / HTTP/1.0\r\n" + expect + "\r\n")));
    EXPECT_FALSE(asks_to_continue(read_whole(with_header("Expect: more\r\nContent-Length: 2\r\n"))));
    EXPECT_FALSE(asks_to_continue(read_whole(with_header("Content-Length: 2\r\n"))));
    EXPECT_EQ(refusal_of(with_header("Expect: 100-continue\r\nContent-Length: 8193\r\n")), 413);
}

TEST(Request, StaysRefused)
{
    RequestReader reader;
    const std::string text = "GET\r\nGET / HTTP/1.1\r\n\r\n";
    EXPECT_TRUE(std::holds_alternative<Refusal>(reader.read({text.data(), 5})));
    EXPECT_TRUE(std::holds_alternative<Refusal>(reader.read(text)));
}

// The caller's buffer has max_request bytes.
TEST(Request, HasAtMostMaxRequestBytes)
{
    const std::string line = "GET /" + std::string(max_request_line - 14, 'a') + " HTTP/1.1\r\n";
    const std::string length = "Content-Length: 8192\r\n";
    const std::string field =
        "A: " + std::string(max_header - length.size() - std::string_view{"A: \r\n\r\n"}.size(), 'v') +
        "\r\n";
    const std::string text = "\r\n" + line + length + field + "\r\n" + std::string(max_body, 'b');
    EXPECT_EQ(text.size(), max_request);
    EXPECT_EQ(request_of(text).body.size(), max_body);
}

} // namespace
} // namespace http
