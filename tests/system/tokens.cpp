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

/// The whole of stdout, and of stderr.
std::pair<std::string, std::string> printed(const std::string& arguments)
{
    const std::string command = program() + " --acme-json " + arguments;
    return {support::run({"sh", "-c", command + " 2>/dev/null"}).output,
            support::run({"sh", "-c", command + " 2>&1 >/dev/null"}).output};
}

TEST(AcmeJson, PrintsAnAccountAndTheLineOfTheConfig)
{
    const auto [json, line] = printed("Home.dyn.example.org");
    EXPECT_THAT(json, testing::StartsWith("{\"username\":\""));
    EXPECT_THAT(json, testing::HasSubstr("\"fulldomain\":\"_acme-challenge.home.dyn.example.org\""));
    EXPECT_THAT(json, testing::EndsWith(",\"allowfrom\":[]}\n"));
    EXPECT_THAT(line, testing::MatchesRegex("acme_hash=\\{SSHA256\\}.{64}\n"));
    const auto [stored, second] = printed("home.dyn.example.org https://ns.example.org");
    EXPECT_THAT(stored, testing::StartsWith("{\"home.dyn.example.org\":{\"fulldomain\":"));
    EXPECT_THAT(stored, testing::EndsWith(",\"server_url\":\"https://ns.example.org\"}}\n"));
    EXPECT_NE(second, line);
}

TEST(AcmeJson, NeedsANameAndNothingElse)
{
    for (const std::string arguments : {"", "a.b https://c d", "-n a.b c"}) {
        const support::Result result = support::run({"sh", "-c", program() + " --acme-json " + arguments});
        EXPECT_EQ(result.status, 2) << arguments;
        EXPECT_THAT(
            result.output,
            testing::StartsWith("nanodnsd: expected --acme-json NAME [URL] and no other argument\nusage: "));
    }
    const support::Result result = support::run({program(), "--acme-json", "home"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, testing::HasSubstr("found home, expected the name of a host with the domain"));
}

} // namespace
