#include "privsep/copy.h"

#include <array>
#include <csignal>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace
{

using privsep::done_in_copy;

std::string what_is_thrown(const std::function<void(int)>& work)
{
    try {
        done_in_copy(work);
    } catch (const std::runtime_error& failure) {
        return failure.what();
    }
    return "nothing";
}

TEST(Copy, LeavesItsResultAndNothingElse)
{
    int changed = 0;
    const privsep::UniqueFd file = done_in_copy([&](int out) {
        changed = 1;
        ::chdir("/dev");
        EXPECT_EQ(::write(out, "result", 6), 6);
    });
    std::array<char, 10> octets{};
    EXPECT_EQ(::pread(file.get(), octets.data(), octets.size(), 0), 6);
    EXPECT_STREQ(octets.data(), "result");
    EXPECT_EQ(changed, 0);
    std::array<char, 100> folder{};
    EXPECT_STRNE(::getcwd(folder.data(), folder.size()), "/dev");
}

TEST(Copy, ThrowsHereWhatWasThrownThere)
{
    EXPECT_EQ(what_is_thrown([](int out) {
                  EXPECT_EQ(::write(out, "half of a result that is long", 29), 16);
                  throw std::logic_error{"there is no user 'x'"};
              }),
              "there is no user 'x'");
}

TEST(Copy, ThatDiesIsNoResult)
{
    EXPECT_EQ(what_is_thrown([](int /*out*/) { ::kill(::getpid(), SIGKILL); }),
              "a copy of the process has died");
}

} // namespace
