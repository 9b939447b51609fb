// What the page for people must not have, and that browsers accept its style.
#include <array>
#include <gtest/gtest.h>
#include <string>

#include "proto/base/base64.h"
#include "proto/base/text.h"
#include "tests/rules/source_tree.h"
#include "tests/support/process.h"

namespace
{

std::string template_of_page()
{
    return rules::read(rules::source_dir / "proto/http/page/page.html");
}

/// In Base64, of coreutils.
std::string sha256(const std::string& text)
{
    const support::Folder folder;
    const std::string path = folder / "style.css";
    std::ofstream{path} << text;
    const std::string hex = rules::run("sha256sum '" + path + "'").output;
    std::array<std::uint8_t, 32> digest{};
    for (std::size_t i = 0; i < digest.size() && 2 * i + 1 < hex.size(); ++i) {
        digest[i] =
            static_cast<std::uint8_t>(base::hex_digit(hex[2 * i]) * 16 + base::hex_digit(hex[2 * i + 1]));
    }
    return base::to_base64(digest, base::Base64::standard) + "=";
}

// https://www.w3.org/TR/CSP3/: a browser ignores a style whose hash is not in style-src.
TEST(PageForPeople, HasTheHashOfItsStyle)
{
    const std::string text = template_of_page();
    const std::size_t begin = text.find("<style>") + 7;
    const std::string style = text.substr(begin, text.find("</style>") - begin);
    ASSERT_GT(style.size(), 100U);
    EXPECT_NE(
        rules::read(rules::source_dir / "proto/http/page/page.h").find("\"sha256-" + sha256(style) + '"'),
        std::string::npos)
        << "set style_hash to sha256-" << sha256(style);
}

TEST(PageForPeople, HasAtMost16Kilobytes)
{
    EXPECT_LE(template_of_page().size(), 16384U);
}

TEST(PageForPeople, HasNoScriptAndNothingFromElsewhere)
{
    const std::string text = template_of_page();
    for (const char* never : {"<script", "javascript:", "http://", "https://", "src=", "href=", "url(",
                              "@import", "<link", "style=", " onclick", " onload", "<iframe", "cookie"}) {
        EXPECT_EQ(text.find(never), std::string::npos) << never;
    }
}

// A form without an action is sent to the address of the page, which may have a token in its query.
TEST(PageForPeople, SendsItsFormToTheServerWithoutAQuery)
{
    const std::string text = template_of_page();
    static const std::regex form{"<form[ >]"};
    static const std::regex action{"action=(\\S*)"}; // formaction, too
    EXPECT_EQ(rules::matches(text, form).size(), 1U);
    EXPECT_EQ(rules::matches(text, action), rules::Strings{"\"/\""});
}

} // namespace
