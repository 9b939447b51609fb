#include "privsep/fail.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <new>

namespace
{

using testing::ExitedWithCode;

TEST(Fail, LogsOneLineAndExits)
{
    EXPECT_EXIT(privsep::fail("no more than {}", {3}), ExitedWithCode(1), "^nanodnsd: no more than 3\n$");
}

TEST(Fail, LogsTheTextOfErrno)
{
    errno = ENOSPC;
    privsep::require(true, "a part");
    EXPECT_EXIT(privsep::require(false, "a part"), ExitedWithCode(1),
                "^nanodnsd: a part: No space left on device\n$");
}

TEST(Fail, LogsThatThereIsNoMemory)
{
    EXPECT_EXIT(privsep::out_of_memory(), ExitedWithCode(1), "^nanodnsd: out of memory\n$");
}

} // namespace
