#include "daemon/init/new_file.h"

#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/process.h"

namespace
{

using init::Access;
using init::why_no_new_file;
using init::write_new_file;
using testing::HasSubstr;

class NewFile : public testing::Test
{
protected:
    std::size_t files() const
    {
        const std::filesystem::directory_iterator all{folder_.path()};
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    support::Folder folder_;
    std::string path_ = folder_ / "nanodnsd.conf";
};

TEST_F(NewFile, HasItsModeWhateverTheUmaskIs)
{
    for (const mode_t mask : {077U, 0U, 0777U}) {
        const mode_t before = ::umask(mask);
        EXPECT_EQ(write_new_file(path_, "text", {std::nullopt, 0640}), "");
        ::umask(before);
        struct stat about {
        };
        ASSERT_EQ(::stat(path_.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode, S_IFREG | 0640U);
        EXPECT_EQ(about.st_nlink, 1U);
        EXPECT_EQ(support::read_file(path_), "text");
        ::unlink(path_.c_str());
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(NewFile, NeverReplacesAnother)
{
    const std::string text =
        path_ + " exists already and is not changed: move it away, or name another file with -c";
    support::write_file(path_, "old");
    EXPECT_EQ(why_no_new_file(path_), text);
    EXPECT_EQ(write_new_file(path_, "new", {std::nullopt, 0640}), text);
    EXPECT_EQ(support::read_file(path_), "old");
    EXPECT_EQ(files(), 1U);
    ::unlink(path_.c_str());
    ASSERT_EQ(::symlink("nowhere", path_.c_str()), 0);
    EXPECT_EQ(why_no_new_file(path_), text);
    EXPECT_EQ(write_new_file(path_, "new", {std::nullopt, 0640}), text);
    EXPECT_EQ(files(), 1U);
}

TEST_F(NewFile, LeavesNothingIfThereIsNoRoom)
{
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit none{2, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const std::string error = write_new_file(path_, "text", {std::nullopt, 0640});
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    EXPECT_EQ(error, "cannot write " + path_ + ": File too large");
    EXPECT_EQ(files(), 0U);
}

TEST_F(NewFile, NeedsAFolderThatCanBeWritten)
{
    EXPECT_EQ(why_no_new_file(path_), "");
    EXPECT_EQ(why_no_new_file("nanodnsd.conf"), "");
    const std::string absent = folder_ / "absent";
    EXPECT_EQ(why_no_new_file(absent + "/c"),
              "cannot write to the folder " + absent +
                  ": No such file or directory: make it first, or name another file "
                  "with -c");
    EXPECT_THAT(write_new_file(absent + "/c", "text", {std::nullopt, 0640}), HasSubstr("No such file"));
}

} // namespace
