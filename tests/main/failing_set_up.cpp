// A suite whose set-up fails. tests/rules/set_up.cpp runs it.
#include <gtest/gtest.h>

namespace
{

class FailingSetUp : public testing::Test
{
protected:
    static void SetUpTestSuite() { FAIL() << "as it should"; }
};

TEST_F(FailingSetUp, FailsItsTests) {}

} // namespace
