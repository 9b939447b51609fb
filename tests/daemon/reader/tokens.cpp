// nanodnsd --new-token and --hash-token, nanodnsd(8).
#include "daemon/reader/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/common/token_digest.h"
#include "privsep/unique_fd.h"
#include "tests/support/failure.h"

namespace
{

using reader::hash_line;
using testing::HasSubstr;
using testing::Not;

/// The output for an input that arrives in these pieces.
std::string hash_of(const std::vector<std::string>& pieces)
{
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0); // one piece per read
    const privsep::UniqueFd in{ends[0]};
    privsep::UniqueFd out{ends[1]};
    for (const std::string& piece : pieces) {
        EXPECT_EQ(::write(out.get(), piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
    }
    out.reset();
    return hash_line(in.get());
}

std::string refusal_of(const std::string& line)
{
    return support::failure_of([&] { hash_of({line}); });
}

bool is_hash_of(const std::string& line, const std::string& token)
{
    const std::string key = "token_hash=";
    const auto hash = base::parse_token_hash(line.substr(std::min(key.size(), line.size())));
    return line.starts_with(key) && hash &&
           *hash == common::hash_token(*base::Token::from(token), hash->salt);
}

TEST(HashToken, HashesTheLineWithoutItsEnd)
{
    EXPECT_TRUE(is_hash_of(hash_of({"secret\n"}), "secret"));
    EXPECT_TRUE(is_hash_of(hash_of({"secret"}), "secret"));
    EXPECT_TRUE(is_hash_of(hash_of({"secret\r\n"}), "secret"));
    EXPECT_TRUE(is_hash_of(hash_of({"se", "cr", "et", "\n"}), "secret"));
    EXPECT_TRUE(is_hash_of(hash_of({"#a b=\xC3\xA4\n"}), "#a b=\xC3\xA4"));
    EXPECT_TRUE(is_hash_of(hash_of({std::string(255, 'x') + "\r\n"}), std::string(255, 'x')));
}

TEST(HashToken, UsesADifferentSaltEachTime)
{
    EXPECT_NE(hash_of({"secret\n"}), hash_of({"secret\n"}));
}

TEST(HashToken, RefusesATokenThatTheConfigWouldRefuse)
{
    for (const std::string line :
         {"", "\n", "\r\n", "a\tb", "a\x01", "a\x7F", " a", "a ", "a\n\n", "a\nb\n"}) {
        EXPECT_THAT(refusal_of(line), HasSubstr("expected one ")) << line;
    }
    EXPECT_THAT(refusal_of(std::string(256, 'x')), HasSubstr("expected one line"));
    EXPECT_THAT(refusal_of(std::string(1000, 'x') + "\n"), HasSubstr("expected one "));
    EXPECT_EQ(support::failure_of([] { hash_line(-1); }), "reading the token: Bad file descriptor");
}

// The error may be logged.
TEST(HashToken, DoesNotQuoteARefusedToken)
{
    const std::string refusal = refusal_of("geheim\x01");
    EXPECT_NE(refusal, "");
    EXPECT_THAT(refusal, Not(HasSubstr("geheim")));
}

TEST(PrintSecret, ReportsAWriteError)
{
    EXPECT_EQ(support::failure_of([] { reader::print_secret(-1, "x"); }),
              "writing the token: Bad file descriptor");
}

} // namespace
