// Domain names in the config.
#include "proto/config/names.h"

#include <string>

#include <gtest/gtest.h>

namespace
{

/// The name, or "column text" of the error; the column counts from 0.
std::string read(const config::NameOrError& name)
{
    if (const auto* error = std::get_if<config::ValueError>(&name)) {
        return std::to_string(error->offset) + ' ' + error->text;
    }
    return std::get<dns::Name>(name).to_text();
}

// RFC 4592 section 2.1.1: a wildcard is a name whose first label is a single asterisk.
TEST(RelativeName, MayHaveAnAsteriskAsItsFirstLabel)
{
    EXPECT_EQ(read(config::read_relative_name("*")), "*.");
    EXPECT_EQ(read(config::read_relative_name("*.Lab")), "*.lab.");
    EXPECT_EQ(read(config::read_relative_name("*.a.b")), "*.a.b.");
}

TEST(RelativeName, MustNotHaveAnAsteriskElsewhere)
{
    const std::string expected = " found \"*\" in a name, expected it only as the complete first label";
    EXPECT_EQ(read(config::read_relative_name("a.*")), "2" + expected);
    EXPECT_EQ(read(config::read_relative_name("*.*")), "2" + expected);
    EXPECT_EQ(read(config::read_relative_name("*a.b")), "0" + expected);
    EXPECT_EQ(read(config::read_relative_name("a*")), "1" + expected);
    EXPECT_EQ(read(config::read_relative_name("**")), "0" + expected);
    EXPECT_EQ(read(config::read_relative_name("*.")),
              "2 found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot");
    EXPECT_EQ(read(config::read_relative_name("*.a b")),
              "3 found \" \" in a name, expected letters, digits, \"-\" or \"_\"");
}

TEST(FullName, MustNotHaveAnAsterisk)
{
    const std::string expected = " found \"*\" in a name, expected letters, digits, \"-\" or \"_\"";
    EXPECT_EQ(read(config::read_name("*.example.org")), "0" + expected);
    EXPECT_EQ(read(config::read_name("a.*")), "2" + expected);
}

// RFC 1035 section 2.3.4, counted with the asterisk
TEST(RelativeName, HasALimitedLengthWithItsAsterisk)
{
    const std::string label = '.' + std::string(63, 'x');
    const std::string most = "*" + label + label + label + '.' + std::string(59, 'x'); // 2 + 3 * 64 + 60 + 1
    EXPECT_EQ(read(config::read_relative_name(most)), most + '.');
    EXPECT_EQ(read(config::read_relative_name(most + 'x')),
              "0 found 254 characters, expected a name of at most 253 characters (255 bytes on the wire)");
}

} // namespace
