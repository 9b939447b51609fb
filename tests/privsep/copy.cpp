#include "privsep/copy.h"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "privsep/fail.h"

namespace
{

using privsep::done_in_copy;

TEST(Copy, ReturnsItsResultAndChangesNothingElse)
{
    int changed = 0;
    const auto [file, failure] = done_in_copy([&](int out) {
        changed = 1;
        ::chdir("/dev");
        EXPECT_EQ(::write(out, "result", 6), 6);
    });
    EXPECT_EQ(failure, "");
    std::array<char, 10> bytes{};
    EXPECT_EQ(::pread(file.get(), bytes.data(), bytes.size(), 0), 6);
    EXPECT_STREQ(bytes.data(), "result");
    EXPECT_EQ(changed, 0);
    std::array<char, 100> folder{};
    EXPECT_STRNE(::getcwd(folder.data(), folder.size()), "/dev");
}

TEST(Copy, ReturnsItsFailureAndLogsNothing)
{
    testing::internal::CaptureStderr();
    EXPECT_EQ(done_in_copy([](int out) {
                  EXPECT_EQ(::write(out, "half of a result that is long", 29), 29);
                  privsep::fail("there is no user '{}'", {"x"});
              }).failure,
              "there is no user 'x'");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Copy, IsAFailureIfItDies)
{
    EXPECT_EQ(done_in_copy([](int /*out*/) { ::kill(::getpid(), SIGKILL); }).failure,
              "a forked copy of the process died");
}

} // namespace
