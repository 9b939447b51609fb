// Tokens made on the command line, put in the config and sent over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/base/text.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;

/// Percent-encoded as a whole.
std::string encoded(const std::string& text)
{
    std::string result;
    for (const char c : text) {
        result += '%' + base::to_hex(base::as_bytes({&c, 1}));
    }
    return result;
}

std::string program()
{
    return support::installation() + "/bin/nanodnsd";
}

TEST(Tokens, MadeAndHashedOnTheCommandLineAreValidForTheirHost)
{
    std::string token = support::run({program(), "--new-token"}).output;
    ASSERT_EQ(token.size(), 23U) << token;
    token.pop_back();
    const std::string pipe = "printf '%s\\n' " + token + " | " + program() + " --hash-token";
    const support::Result hashed = support::run({"sh", "-c", pipe});
    ASSERT_EQ(hashed.status, 0) << hashed.output;
    ASSERT_THAT(hashed.output, testing::StartsWith("token_hash={SSHA256}"));

    DaemonStart start;
    start.config =
        support::server_config() + "[@home]\n" + hashed.output + "[@office]\ntoken=" + token + '\n';
    Daemon daemon{start};
    for (const std::string host : {"home", "office"}) {
        const std::string update = "hostname=" + host + ".dyn.example.org&ipv4=192.0.2.7&token=";
        EXPECT_EQ(daemon.update(update + token), "200 ok updated");
        EXPECT_EQ(daemon.update(update + token + "x"), "403 forbidden");
        EXPECT_EQ(daemon.update(update + encoded(hashed.output.substr(11, 73))), "403 forbidden");
    }
}

TEST(Tokens, ThatCannotBeUsedAreRefusedWithAMessageAndStatus1)
{
    const support::Result result = support::run({"sh", "-c", program() + " --hash-token </dev/null"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, testing::HasSubstr("expected one line with a token"));
    EXPECT_EQ(support::run({program(), "--no-token"}).status, 2);
}

// The token that is to be hashed is a likely argument, so it is not printed.
TEST(Tokens, AreNotArguments)
{
    using Arguments = std::vector<std::string>;
    for (const Arguments& more :
         {Arguments{"--hash-token", "quite-secret"}, Arguments{"--new-token", "2"},
          Arguments{"quite-secret", "--hash-token"}, Arguments{"-n", "--new-token"}}) {
        Arguments command{program()};
        command.insert(command.end(), more.begin(), more.end());
        const auto result = support::run(command);
        EXPECT_EQ(result.status, 2) << more[0];
        EXPECT_THAT(
            result.output,
            testing::StartsWith("nanodnsd: found other arguments with --new-token or --hash-token, expected "
                                "none; --hash-token reads the token from the standard input\nusage: "));
        EXPECT_THAT(result.output, testing::Not(testing::HasSubstr("quite-secret")));
    }
}

} // namespace
