#include "daemon/start/state_files.h"
#include "tests/support/failure.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace
{

class StateFiles : public testing::Test
{
protected:
    StateFiles()
    {
        std::string pattern = testing::TempDir() + "state.XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string path(const char* name = "state") const { return folder_ / name; }

    std::filesystem::path folder_;
};

mode_t mode_of(const std::string& path)
{
    struct stat about {
    };
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0;
}

std::string failure_of(const std::string& path)
{
    return support::failure_of([&] { supervisor::open_state(path, {}); });
}

TEST_F(StateFiles, AreReadableOnlyByTheOwner)
{
    const auto state = supervisor::open_state(path(), {});
    EXPECT_EQ(mode_of(path() + ".0"), 0600U);
    EXPECT_EQ(mode_of(path() + ".1"), 0600U);
    EXPECT_FALSE(state.predecessor);
}

TEST_F(StateFiles, BelongToOneDaemonAtATime)
{
    const auto state = supervisor::open_state(path(), {});
    EXPECT_NE(failure_of(path()).find("another nanodnsd"), std::string::npos);
}

TEST_F(StateFiles, IncludeThePredecessorsIfOursAreEmpty)
{
    std::ofstream{path()} << "[@.home]\n";
    const auto state = supervisor::open_state(path(), {});
    std::string text(20, '\0');
    ASSERT_EQ(::read(state.predecessor.get(), text.data(), text.size()), 9);
    EXPECT_EQ(text.substr(0, 9), "[@.home]\n");
    EXPECT_LT(::write(state.predecessor.get(), "x", 1), 0) << "it is open only for reading";
}

TEST_F(StateFiles, DoNotIncludeThePredecessorsIfOursHaveData)
{
    std::ofstream{path()} << "[@.home]\n";
    std::ofstream{path() + ".1"} << "something";
    EXPECT_FALSE(supervisor::open_state(path(), {}).predecessor);
}

TEST_F(StateFiles, MustNotBeSymbolicLinks)
{
    std::filesystem::create_symlink(path("elsewhere"), path() + ".0");
    EXPECT_NE(failure_of(path()).find("is not a regular file: move it away"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
}

TEST_F(StateFiles, ReportAnErrorOfTheFolder)
{
    EXPECT_NE(failure_of(path("no/such/folder/state"))
                  .find("the folder of the state: No such file or directory: it must exist"),
              std::string::npos);
}

TEST_F(StateFiles, MakeOneMissingFolder)
{
    EXPECT_EQ(failure_of(path("made/state")), "");
    EXPECT_EQ(mode_of(path("made")), 0700U);
}

} // namespace
