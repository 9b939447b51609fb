#include "proto/http/reply.h"

#include <gtest/gtest.h>

#include "tests/proto/http/words.h"

namespace http
{
namespace
{

// The predecessor's form, but without the version, and with no-store of RFC 9111.
TEST(Reply, HasThePredecessorsForm)
{
    EXPECT_EQ(serialise({Status::ok, "ok updated"}), "HTTP/1.1 200 OK\r\n"
                                                     "Content-Type: text/plain\r\n"
                                                     "Content-Length: 10\r\n"
                                                     "Server: nanodnsd\r\n"
                                                     "Cache-Control: no-store\r\n"
                                                     "X-Content-Type-Options: nosniff\r\n"
                                                     "Connection: close\r\n"
                                                     "\r\n"
                                                     "ok updated");
}

TEST(Reply, HasALengthOf0IfTheBodyIsEmpty)
{
    const std::string text = serialise({Status::unavailable, ""});
    EXPECT_NE(text.find("\r\nContent-Length: 0\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(Reply, HasThePredecessorsPhrasesAndBodies)
{
    EXPECT_EQ(reason(Status::ok), "OK");
    EXPECT_EQ(reason(Status::bad_request), "Bad request");
    EXPECT_EQ(reason(Status::forbidden), "Forbidden");
    EXPECT_EQ(reason(Status::not_found), "Not found");
    EXPECT_EQ(reason(Status::not_implemented), "Not implemented");
    EXPECT_EQ(reason(Status::version_not_supported), "Version not supported");
    for (const Status status : {Status::not_implemented, Status::version_not_supported}) {
        EXPECT_EQ(plain_reply(status).status, status);
        EXPECT_EQ(plain_reply(status).body, "error");
    }
    EXPECT_EQ(plain_reply(Status::forbidden).body, "forbidden");
}

// The predecessor said "error".
TEST(Reply, SaysWhatIsWrong)
{
    EXPECT_EQ(plain_reply(Status::bad_request).body, "bad request");
    EXPECT_EQ(plain_reply(Status::not_found).body, "updates are at /api/update");
    EXPECT_EQ(plain_reply(Status::method_not_allowed).body, "use GET or POST");
}

// RFC 9110 section 15.5.6
TEST(Reply, NamesTheAllowedMethodsWith405Only)
{
    EXPECT_NE(serialise(plain_reply(Status::method_not_allowed)).find("\r\nAllow: GET, POST\r\n"),
              std::string::npos);
    EXPECT_EQ(serialise(plain_reply(Status::not_found)).find("Allow"), std::string::npos);
}

// RFC 9110 section 9.3.2: the fields of a reply to GET.
TEST(Reply, HasNoContentIfItIsToHead)
{
    const std::string to_get = serialise(plain_reply(Status::not_found));
    const std::string to_head = serialise(plain_reply(Status::not_found), true);
    EXPECT_EQ(to_get, to_head + "updates are at /api/update");
    EXPECT_NE(to_head.find("\r\nContent-Length: 26\r\n"), std::string::npos);
    EXPECT_TRUE(to_head.ends_with("\r\n\r\n"));
}

// Update clients search the whole reply for these words, in any case and inside of others: "token" has one.
TEST(Reply, HasNoWordOfSuccessInAnError)
{
    for (const Status status : error_statuses) {
        EXPECT_EQ(word_of_success(serialise(plain_reply(status))), "") << static_cast<int>(status);
    }
    EXPECT_EQ(word_of_success("bad Token"), "ok");
}

// RFC 9110 section 15: the phrases of the statuses that the predecessor did not have.
TEST(Reply, HasAReasonForEveryStatus)
{
    EXPECT_EQ(reason(Status::method_not_allowed), "Method not allowed");
    EXPECT_EQ(reason(Status::length_required), "Length required");
    EXPECT_EQ(reason(Status::content_too_large), "Content too large");
    EXPECT_EQ(reason(Status::uri_too_long), "URI too long");
    EXPECT_EQ(reason(Status::fields_too_large), "Request header fields too large");
    EXPECT_EQ(reason(Status::unavailable), "Service unavailable");
    EXPECT_EQ(plain_reply(Status::unavailable).body, "911");
}

} // namespace
} // namespace http
