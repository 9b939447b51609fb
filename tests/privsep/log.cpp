#include "privsep/log.h"

#include <gtest/gtest.h>
#include <string>

namespace
{

using privsep::Level;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

std::string logged(Level level, std::string_view text, bool journal = false, unsigned verbosity = 0)
{
    CaptureStderr();
    privsep::log_as("test", journal, verbosity);
    privsep::log_text(level, text);
    return GetCapturedStderr();
}

TEST(Log, IsOneLineWithTheProcess)
{
    EXPECT_EQ(logged(Level::notice, "hello"), "test: hello\n");
}

// sd-daemon(3)
TEST(Log, StartsALineWithItsLevelForTheJournal)
{
    EXPECT_EQ(logged(Level::error, "x", true), "<3>test: x\n");
    EXPECT_EQ(logged(Level::notice, "x", true), "<5>test: x\n");
}

TEST(Log, ShowsRequestsWithOneVAndDetailsWithTwo)
{
    EXPECT_EQ(logged(Level::info, "x"), "");
    EXPECT_EQ(logged(Level::info, "x", false, 1), "test: x\n");
    EXPECT_EQ(logged(Level::debug, "x", false, 1), "");
    EXPECT_EQ(logged(Level::debug, "x", false, 2), "test: x\n");
}

TEST(Log, ReplacesControlCharactersSoThatNoLineCanBeForged)
{
    EXPECT_EQ(logged(Level::notice, "a\nnanodnsd: b\x1b[2J"), "test: a?nanodnsd: b?[2J\n");
}

TEST(Log, CutsALineThatIsTooLong)
{
    EXPECT_EQ(logged(Level::notice, std::string(5000, 'a')),
              "test: " + std::string(privsep::longest_text, 'a') + "\n");
}

TEST(Log, FillsAPatternAndCutsTheWholeLine)
{
    CaptureStderr();
    privsep::log_as("test", false, 0);
    privsep::log(Level::notice, "a\n{}{}1234567890", {7, std::string(privsep::longest_text - 10, 'b')});
    EXPECT_EQ(GetCapturedStderr(), "test: a?7" + std::string(privsep::longest_text - 10, 'b') + "1234567\n");
}

TEST(LogLimit, CountsTheLinesThatItSuppresses)
{
    CaptureStderr();
    privsep::log_as("test", false, 0);
    privsep::LogLimit limit{2};
    for (int i = 0; i < 5; ++i) {
        limit.log(Level::notice, "x", 100);
    }
    limit.log(Level::notice, "y", 10100);
    EXPECT_EQ(GetCapturedStderr(), "test: x\ntest: x\ntest: 3 similar lines were suppressed\ntest: y\n");
}

} // namespace
