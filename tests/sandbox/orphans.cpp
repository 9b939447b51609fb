// A child whose supervisor is gone exits by itself, with calls that its filter allows.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/sandbox/locked_child.h"

namespace
{

class Orphan : public testing::TestWithParam<const char*>
{
};

TEST_P(Orphan, ExitsByItself)
{
    sandbox::LockedChild child{GetParam()};
    child.control().close();
    siginfo_t end{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &end, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(end.si_code, CLD_EXITED) << "signal " << end.si_status;
}

INSTANTIATE_TEST_SUITE_P(Of, Orphan, testing::Values("keeper", "updater", "responder", "reader"),
                         [](const auto& name) { return name.param; });

} // namespace
