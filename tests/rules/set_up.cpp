// A suite whose set-up fails fails its tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rules/source_tree.h"

namespace
{

using testing::HasSubstr;
using testing::Not;

// ctest finds "[  SKIPPED ]" in the output and counts the test as passed, whatever the exit status is.
TEST(SetUp, FailsTheTestsOfItsSuite)
{
    const rules::Run ran = rules::run((rules::build_dir / "tests/failing_set_up").string());
    EXPECT_EQ(ran.status, 1) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("The set-up of FailingSetUp has failed"));
    EXPECT_THAT(ran.output, Not(HasSubstr("SKIPPED")));
}

TEST(SetUp, IsCheckedByTheMainFunctionOfEachTest)
{
    for (const std::string& path :
         rules::files_in({"tests", "contrib/cmake"}, {"CMakeLists.txt", ".cmake"})) {
        EXPECT_THAT(rules::read(rules::source_dir / path), Not(HasSubstr("GTest::gtest_main"))) << path;
    }
}

} // namespace
