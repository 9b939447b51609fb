// Whether the root folder is provided for the daemon alone: checked in a new root, as an ordinary user.
#include "daemon/start/provided_root.h"

#include <filesystem>
#include <functional>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/process.h"

namespace
{

using supervisor::root_holds_only;

const std::vector<std::string> own{"/usr/bin/nanodnsd", "/var/lib/nanodnsd"};

/// The verdict on `root` by a process without capabilities.
bool holds_only_own(const support::Folder& root)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        constexpr uid_t ordinary = 54321;
        const bool is_there = ::chroot(root.path().c_str()) == 0 && ::chdir("/") == 0 &&
                              ::setgroups(0, nullptr) == 0 && ::setgid(ordinary) == 0 &&
                              ::setuid(ordinary) == 0;
        ::_exit(is_there ? (root_holds_only(own) ? 0 : 1) : 2);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_NE(WEXITSTATUS(status), 2);
    return status == 0;
}

class ProvidedRoot : public testing::Test
{
protected:
    ProvidedRoot()
    {
        for (const char* folder : {"usr/bin", "usr/lib", "var/lib/nanodnsd"}) {
            std::filesystem::create_directories(root_ / folder);
        }
        support::write_file(root_ / "usr/bin/nanodnsd", "");
        support::write_file(root_ / "usr/lib/libc.so.6", "");
        support::write_file(root_ / "var/lib/nanodnsd/nanodnsd.state.0", "");
        ::chmod((root_ / "var/lib/nanodnsd").c_str(), 0777);
    }
    support::Folder root_;
};

TEST_F(ProvidedRoot, MayHoldTheDaemonItsLibrariesAndItsState)
{
    EXPECT_TRUE(holds_only_own(root_));
}

TEST_F(ProvidedRoot, HoldsNoOtherProgramEvenIfItsNameStartsTheSame)
{
    support::write_file(root_ / "usr/bin/nanodnsd-other", "");
    EXPECT_FALSE(holds_only_own(root_));
}

TEST_F(ProvidedRoot, HoldsNoFolderThatAllUsersCanWrite)
{
    std::filesystem::create_directory(root_ / "tmp");
    ::chmod((root_ / "tmp").c_str(), 01777);
    EXPECT_FALSE(holds_only_own(root_));
}

TEST_F(ProvidedRoot, MayHoldUnreadableFiles)
{
    support::write_file(root_ / "usr/secret", "");
    ::chmod((root_ / "usr/secret").c_str(), 0600);
    EXPECT_TRUE(holds_only_own(root_));
}

TEST_F(ProvidedRoot, IsNotTheUsualRootOfASystem)
{
    EXPECT_FALSE(root_holds_only(own));
}

} // namespace
