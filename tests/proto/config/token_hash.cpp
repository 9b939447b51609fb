#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "proto/config/summary.h"
#include "tests/proto/config/texts.h"

namespace
{

using config_test::errors_of;
using config_test::with;

TEST(ConfigTokenHash, StandsForAToken)
{
    const std::string hash = "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";
    const auto parsed = config::parse(with("[@h]\ntoken_hash=" + hash + "\n[@static]\na=192.0.2.1\n"));
    ASSERT_EQ(config_test::list(parsed.errors), "");
    EXPECT_EQ(to_text(parsed.config.hosts[0].secrets.at(0).hash()), hash);
    EXPECT_TRUE(parsed.config.hosts[0].is_dynamic());
    EXPECT_FALSE(parsed.config.hosts[1].is_dynamic());
    EXPECT_NE(summary(parsed.config).find("h.dyn.example.org. dynamic"), std::string::npos);
}

// The value may be a token that was put there by mistake.
TEST(ConfigTokenHash, IsNotQuotedInAnError)
{
    const std::string expected =
        ", expected {SSHA256} and 64 Base64 digits, as printed by nanodnsd --hash-token\n";
    EXPECT_EQ(errors_of(with("[@h]\ntoken_hash=geheim\n")), "6:12 token_hash: found 6 bytes" + expected);
    EXPECT_EQ(errors_of(with("[@h]\ntoken_hash=\n")), "6:12 token_hash: found 0 bytes" + expected);
    EXPECT_EQ(errors_of(with("[@h]\ntoken_hash={SSHA256}" + std::string(63, 'A') + "*\n")),
              "6:12 token_hash: found 73 bytes" + expected);
}

} // namespace
