// The requests that change nothing: /checkip, /myip and /health.
#include <gtest/gtest.h>
#include <string>

#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

TEST(OwnAddress, IsTheClients)
{
    EXPECT_EQ(reply_of(get("/checkip")), "200 Current IP Address: 198.51.100.7");
    EXPECT_EQ(reply_of(get("/dns/checkip?x=%4")), "200 Current IP Address: 198.51.100.7");
    EXPECT_EQ(reply_of(get("/myip", client_at("2001:db8::7"))), "200 2001:db8::7");
    EXPECT_EQ(reply_of(get("/myip", client_at("::ffff:192.0.2.1"))), "200 192.0.2.1");
    EXPECT_EQ(reply_of(get("/myip", {client_at("192.0.2.80").address, false})),
              "400 your own address is unknown: let the proxy send it in the field of proxy_header=");
    EXPECT_EQ(reply_of(get("/myip/x")), "404 updates are at /api/update");
}

TEST(Health, IsAnEmptyBody)
{
    EXPECT_EQ(reply_of(get("/health")), "200 ");
    EXPECT_EQ(reply_of(get("/dns/health")), "200 ");
}

// RFC 9110 section 15.5.6
TEST(OwnAddress, IsForGetOnly)
{
    for (const std::string path : {"/checkip", "/myip", "/health"}) {
        for (const std::string method : {"POST", "HEAD", "PUT"}) {
            const ReadResult result = ask(method + " " + path + " HTTP/1.1\r\n\r\n");
            EXPECT_EQ(reply_of(result), "405 use GET") << method << path;
            EXPECT_NE(serialise(std::get<Refused>(result).reply).find("\r\nAllow: GET\r\n"),
                      std::string::npos);
        }
    }
}

// RFC 9110 section 11.6.1
TEST(Reply, NamesTheSchemeWith401Only)
{
    const std::string field = "\r\nWWW-Authenticate: Basic realm=\"nanodnsd\", charset=\"UTF-8\"\r\n";
    EXPECT_NE(serialise({Status::unauthorized, "badauth"}).find(field), std::string::npos);
    EXPECT_EQ(serialise({Status::forbidden, "KO"}).find("WWW-Authenticate"), std::string::npos);
    EXPECT_NE(serialise(json_reply(Status::ok, "{}")).find("\r\nContent-Type: application/json\r\n"),
              std::string::npos);
}

} // namespace
} // namespace http
