// Runs the tests of an executable, as gtest_main does, but for a set-up of a suite that fails: GoogleTest
// skips the tests of that suite, and ctest takes a skipped test for a passed one.
#include <cstdio>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace
{

/// Ends the process before the first test of such a suite is reported as skipped.
class FailedSetUp : public testing::EmptyTestEventListener
{
    void OnTestStart(const testing::TestInfo& test) override
    {
        const testing::TestSuite* suite = testing::UnitTest::GetInstance()->current_test_suite();
        if (suite->ad_hoc_test_result().Failed()) {
            std::printf("The set-up of %s has failed, so none of its tests can run.\n",
                        test.test_suite_name());
            std::exit(EXIT_FAILURE);
        }
    }
};

} // namespace

int main(int argc, char** argv)
{
    testing::InitGoogleMock(&argc, argv);
    testing::UnitTest::GetInstance()->listeners().Append(new FailedSetUp); // GoogleTest deletes it
    return RUN_ALL_TESTS();
}
