#include "proto/http/reply.h"

#include <gtest/gtest.h>

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
    for (const Status status :
         {Status::bad_request, Status::not_found, Status::not_implemented, Status::version_not_supported}) {
        EXPECT_EQ(plain_reply(status).status, status);
        EXPECT_EQ(plain_reply(status).body, "error");
    }
    EXPECT_EQ(plain_reply(Status::forbidden).body, "forbidden");
}

// RFC 9110 section 15: the phrases of the statuses that the predecessor did not have.
TEST(Reply, HasAReasonForEveryStatus)
{
    EXPECT_EQ(reason(Status::length_required), "Length required");
    EXPECT_EQ(reason(Status::content_too_large), "Content too large");
    EXPECT_EQ(reason(Status::uri_too_long), "URI too long");
    EXPECT_EQ(reason(Status::fields_too_large), "Request header fields too large");
    EXPECT_EQ(reason(Status::unavailable), "Service unavailable");
    EXPECT_EQ(plain_reply(Status::unavailable).body, "911");
}

} // namespace
} // namespace http
