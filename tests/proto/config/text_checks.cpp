// TXT records that mean something else than they seem to.
#include "proto/config/config.h"

#include <gtest/gtest.h>

namespace
{

std::vector<config::Error> warnings_of(const std::string& txt)
{
    const auto parsed = config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.net\n"
                                      "email=a@example.net\n[@h]\ntxt=" +
                                      txt + "\n");
    EXPECT_TRUE(parsed.errors.empty());
    return parsed.warnings;
}

// RFC 7208 section 3.3: strings are joined without spaces
TEST(TextCheck, WarnsOfAPolicyInSeveralStrings)
{
    for (const char* text : {"v=spf1 -all", "v=DKIM1; k=rsa; p=AAAA", R"("v=spf1" "-all")"}) {
        const auto warnings = warnings_of(text);
        ASSERT_EQ(warnings.size(), 1U) << text;
        EXPECT_EQ(warnings[0].at.line, 6U);
        EXPECT_EQ(warnings[0].at.column, 5U);
        EXPECT_EQ(warnings[0].text, "txt: found several strings, which clients join without spaces, expected "
                                    "one quoted string, like \"v=spf1 -all\"");
    }
}

TEST(TextCheck, AcceptsTextsThatMayBeIntended)
{
    const std::string half(200, 'x');
    for (const std::string& text :
         {std::string{R"("v=spf1 -all")"}, std::string{"v=spf1"}, std::string{R"("v=spf1 " "-all")"},
          std::string{"txtvers=1 path=/"}, "\"v=DKIM1; p=" + half + "\" \"" + half + '"'}) {
        EXPECT_TRUE(warnings_of(text).empty()) << text;
    }
}

} // namespace
