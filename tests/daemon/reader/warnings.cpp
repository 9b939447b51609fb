// Log messages for a config with warnings.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/reader/config_file.h"

namespace
{

std::string logged(std::size_t count)
{
    std::vector<config::Error> warnings;
    for (unsigned i = 1; i <= count; ++i) {
        warnings.push_back({{i, 7}, "found " + std::to_string(i)});
    }
    testing::internal::CaptureStderr();
    reader::log_warnings(warnings, "/etc/n.conf");
    return testing::internal::GetCapturedStderr();
}

std::size_t lines(const std::string& text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Warnings, AreLoggedWithTheirLineAndColumn)
{
    EXPECT_EQ(logged(0), "");
    const std::string text = logged(2);
    EXPECT_NE(text.find("/etc/n.conf:1:7: warning: found 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("/etc/n.conf:2:7: warning: found 2\n"), std::string::npos) << text;
    EXPECT_EQ(lines(text), 2U);
}

// Each of a million hosts may have a warning, which would flood the log.
TEST(Warnings, AreLoggedUpToTwentyAndThenCounted)
{
    EXPECT_EQ(lines(logged(20)), 20U);
    EXPECT_EQ(logged(20).find("more"), std::string::npos);
    const std::string text = logged(22);
    EXPECT_EQ(lines(text), 21U);
    EXPECT_NE(text.find(":20:7: warning: found 20\n"), std::string::npos) << text;
    EXPECT_NE(text.find("2 more warnings: nanodnsd -n shows them\n"), std::string::npos) << text;
}

} // namespace
