// What root and other users do with a state that may have been prepared by somebody else.
#include "daemon/start/state_files.h"
#include "tests/support/failure.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "privsep/fail.h"

namespace
{

using supervisor::StateOwner;
using testing::HasSubstr;

constexpr uid_t service_user = 54321;
constexpr uid_t somebody = 54322;

/// Who opens the state, and whose folder it is in.
enum class Case { root_in_roots_folder, root_in_the_services_folder, the_service };

constexpr std::array names_of_cases{"RootInRootsFolder", "RootInTheServicesFolder", "TheService"};

struct About {
    uid_t uid = 0;
    gid_t gid = 0;
    mode_t mode = 0;
    off_t size = 0;
    bool operator==(const About&) const = default;
};

About look_at(const std::filesystem::path& path)
{
    struct stat about {
    };
    return ::lstat(path.c_str(), &about) == 0
               ? About{about.st_uid, about.st_gid, about.st_mode, about.st_size}
               : About{};
}

class PreparedState : public testing::TestWithParam<Case>
{
protected:
    PreparedState()
    {
        std::string pattern = testing::TempDir() + "state.XXXXXX";
        base_ = ::mkdtemp(pattern.data());
        ::chmod(base_.c_str(), 0755);
        std::filesystem::create_directory(folder());
        give(folder(), GetParam() == Case::root_in_roots_folder ? 0 : service_user);
    }
    void SetUp() override { ASSERT_EQ(::geteuid(), 0U) << "only root can prepare the files"; }
    void TearDown() override { std::filesystem::remove_all(base_); }

    std::filesystem::path folder() const { return base_ / "folder"; }
    std::string state() const { return folder() / "state"; }
    static void give(const std::filesystem::path& path, uid_t user)
    {
        EXPECT_EQ(::lchown(path.c_str(), user, user), 0);
    }
    void write(const std::string& path, mode_t mode, uid_t user = service_user) const
    {
        std::ofstream{path} << "content";
        ::chmod(path.c_str(), mode);
        give(path, user);
    }
    std::string open(const std::string& path) const
    {
        return support::failure_of([&] {
            if (GetParam() == Case::the_service) {
                privsep::require(::setgroups(groups_.size(), groups_.data()) == 0 &&
                                     ::setresgid(service_user, service_user, service_user) == 0 &&
                                     ::setresuid(service_user, service_user, service_user) == 0,
                                 "another user");
                supervisor::open_state(path, {});
            } else {
                supervisor::open_state(path, {privsep::Identity{service_user, service_user}, "nanodnsd:"});
            }
        });
    }
    std::string failure() const { return open(state()); }
    /// The two files, and the predecessor's.
    std::array<std::string, 3> all() const { return {state() + ".0", state() + ".1", state()}; }
    std::string chown_name() const { return GetParam() == Case::the_service ? "54321:" : "nanodnsd:"; }

    std::filesystem::path base_;
    std::vector<gid_t> groups_; ///< of the service, beside its own
};

TEST_P(PreparedState, IsMadeAndBelongsToTheService)
{
    EXPECT_EQ(failure(), "");
    for (const std::string& path : {state() + ".0", state() + ".1"}) {
        EXPECT_EQ(look_at(path), (About{service_user, service_user, S_IFREG | 0600, 0})) << path;
    }
    EXPECT_EQ(failure(), "") << "the second start";
}

TEST_P(PreparedState, IsNoFifo)
{
    for (const std::string& path : all()) {
        ASSERT_EQ(::mkfifo(path.c_str(), 0644), 0);
        give(path, service_user);
        const About before = look_at(path);
        EXPECT_EQ(failure(), "the state " + path + " is not a regular file: move it away, or see -s");
        EXPECT_EQ(look_at(path), before);
        std::filesystem::remove(path);
    }
}

TEST_P(PreparedState, IsNoDirectory)
{
    for (const std::string& path : all()) {
        std::filesystem::create_directory(path);
        EXPECT_EQ(failure(), "the state " + path + " is not a regular file: move it away, or see -s");
        std::filesystem::remove(path);
    }
}

TEST_P(PreparedState, IsNoSymbolicLink)
{
    const std::filesystem::path target = base_ / "target";
    for (const std::string& path : all()) {
        write(target, 0644);
        const About before = look_at(target);
        std::filesystem::create_symlink(target, path);
        give(path, service_user);
        EXPECT_EQ(failure(), "the state " + path + " is not a regular file: move it away, or see -s");
        EXPECT_EQ(look_at(target), before);
        std::filesystem::remove(target);
        EXPECT_EQ(failure(), "the state " + path + " is not a regular file: move it away, or see -s");
        EXPECT_FALSE(std::filesystem::exists(target));
        std::filesystem::remove(path);
    }
}

TEST_P(PreparedState, IsNoHardLinkOfAForeignFile)
{
    const std::filesystem::path target = base_ / "target";
    for (const uid_t user : {uid_t{0}, service_user, somebody}) {
        write(target, 0640, user);
        const About before = look_at(target);
        for (const std::string& path : all()) {
            std::filesystem::create_hard_link(target, path);
            EXPECT_EQ(failure(), "the state " + path +
                                     " has 2 hard links, so it is another file too: move it "
                                     "away, or see -s");
            EXPECT_EQ(look_at(target), before);
            std::filesystem::remove(path);
        }
        std::filesystem::remove(state() + ".0"); // made before the predecessor's was opened
        std::filesystem::remove(state() + ".1");
    }
}

TEST_P(PreparedState, IsNotAFileOfAnotherUser)
{
    for (const std::string& path : all()) {
        write(path, 0666, somebody);
        const About before = look_at(path);
        const std::string files = path == state() ? path : state() + ".0 " + state() + ".1";
        EXPECT_EQ(failure(), "the state " + path + " belongs to uid 54322, and this is uid 54321: chown " +
                                 chown_name() + " " + files);
        EXPECT_EQ(look_at(path), before);
        std::filesystem::remove(path);
    }
}

TEST_P(PreparedState, IsNotAFileThatOthersMayWrite)
{
    for (const std::string& path : all()) {
        write(path, 0602);
        const About before = look_at(path);
        EXPECT_EQ(failure(), "other users may write to the state " + path +
                                 ": if you trust its contents, chmod go-w " + path);
        EXPECT_EQ(look_at(path), before);
        ASSERT_EQ(::chmod(path.c_str(), 0660), 0);
        EXPECT_EQ(failure(), "") << "the service's own group may write";
        std::filesystem::remove(path);
    }
}

TEST_P(PreparedState, IsNotReadIfItIsTooLong)
{
    write(state() + ".1", 0600);
    std::filesystem::resize_file(state() + ".1", std::uintmax_t{1} << 31);
    EXPECT_EQ(failure(),
              "the state " + state() +
                  ".1 has 2147483648 bytes, and at most 2147483647 are read: move it away, or see -s");
}

TEST_P(PreparedState, IsNotInAFolderThatOthersMayWriteIfRootStartsTheDaemon)
{
    for (const mode_t mode : {0777U, 01777U, 0775U}) {
        ASSERT_EQ(::chmod(folder().c_str(), mode), 0);
        ASSERT_EQ(::lchown(folder().c_str(), look_at(folder()).uid, somebody), 0);
        if (GetParam() == Case::the_service) {
            EXPECT_EQ(failure(), "");
            continue;
        }
        EXPECT_EQ(failure(),
                  "other users may write to " + folder().string() +
                      ", the folder of the state, and replace the state: " +
                      (mode == 01777 ? "use another folder, see -s" : "chmod go-w " + folder().string()));
        EXPECT_TRUE(std::filesystem::is_empty(folder()));
    }
}

TEST_P(PreparedState, IsNotInAFolderOfAnotherUserIfRootStartsTheDaemon)
{
    give(folder(), somebody);
    ASSERT_EQ(::chmod(folder().c_str(), 0777), 0);
    if (GetParam() == Case::the_service) {
        EXPECT_EQ(failure(), "");
        return;
    }
    EXPECT_THAT(
        failure(),
        HasSubstr(", the folder of the state, belongs to uid 54322, and this is uid 54321: chown nanodnsd: " +
                  folder().string()));
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

// Kubernetes gives a volume to a group that the process has as a supplementary one (fsGroup).
TEST_P(PreparedState, MayBeWritableForAGroupOfTheProcess)
{
    constexpr gid_t team = 54333;
    for (const char* suffix : {".0", ".1"}) {
        write(state() + suffix, 0660);
        ASSERT_EQ(::chown((state() + suffix).c_str(), service_user, team), 0);
    }
    EXPECT_THAT(failure(), HasSubstr("other users may write to the state "));
    ASSERT_EQ(::chown(folder().c_str(), 0, team), 0);
    ASSERT_EQ(::chmod(folder().c_str(), 02775), 0);
    groups_ = {team};
    if (GetParam() == Case::the_service) {
        EXPECT_EQ(failure(), "");
    } else {
        EXPECT_THAT(failure(), HasSubstr("other users may write to " + folder().string()));
    }
}

TEST_P(PreparedState, MayBeInAFolderThatTheGroupOfRootMayWrite)
{
    give(folder(), 0);
    ASSERT_EQ(::chmod(folder().c_str(), 0775), 0);
    if (GetParam() == Case::the_service) {
        EXPECT_THAT(failure(), HasSubstr("Permission denied"));
    } else {
        EXPECT_EQ(failure(), "");
    }
}

// Somebody may lead the path elsewhere at any time, so root uses only the rights of the service there.
TEST_P(PreparedState, IsNotMadeByRootBelowAFolderOfAnotherUser)
{
    give(folder(), 0);
    give(base_, somebody);
    EXPECT_THAT(failure(), HasSubstr("cannot open the state " + state() + ".0: Permission denied"));
    std::filesystem::create_directory_symlink(folder(), base_ / "link");
    EXPECT_THAT(open(base_ / "link/state"), HasSubstr("Permission denied"));
    EXPECT_THAT(open(base_ / "made/state"), HasSubstr("No such file or directory"));
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
    give(folder(), service_user);
    EXPECT_EQ(failure(), "");
}

TEST_P(PreparedState, MayBeBehindALinkThatRootMade)
{
    std::filesystem::create_directory_symlink("folder", base_ / "relative");
    std::filesystem::create_directory_symlink(folder(), base_ / "absolute");
    EXPECT_EQ(open(base_ / "relative/state"), "");
    EXPECT_EQ(open(base_ / "absolute/state"), "");
    EXPECT_EQ(look_at(state() + ".0").uid, service_user);
    std::filesystem::create_directory_symlink("loop", base_ / "loop");
    EXPECT_THAT(open(base_ / "loop/state"), HasSubstr("Too many levels of symbolic links"));
}

TEST_P(PreparedState, MakesAMissingFolderForTheService)
{
    ASSERT_EQ(::chmod(base_.c_str(), GetParam() == Case::the_service ? 0777 : 0755), 0);
    EXPECT_EQ(open(base_ / "made/state"), "");
    EXPECT_EQ(look_at(base_ / "made").uid, service_user);
    EXPECT_EQ(look_at(base_ / "made").mode, mode_t{S_IFDIR | 0700});
    EXPECT_EQ(look_at(base_ / "made/state.0").uid, service_user);
    EXPECT_EQ(open(base_ / "made/state"), "");
}

INSTANTIATE_TEST_SUITE_P(Of, PreparedState,
                         testing::Values(Case::root_in_roots_folder, Case::root_in_the_services_folder,
                                         Case::the_service),
                         [](const auto& one) {
                             return std::string{names_of_cases[static_cast<std::size_t>(one.param)]};
                         });

} // namespace
