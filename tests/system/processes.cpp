// Which processes there are: what ps(1) shows is what the guide names.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/system/more_hosts.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

/// As `ps -ef` shows them.
std::vector<std::string> shown(Daemon& daemon)
{
    std::vector<std::string> names;
    for (const pid_t pid : daemon.all_children()) {
        const std::string arguments = support::read_proc(pid, "cmdline");
        names.emplace_back(arguments.c_str()); // up to the first null byte
    }
    return names;
}

std::string guide()
{
    std::stringstream text;
    text << std::ifstream{std::string{TEST_SOURCE_DIR} + "/GUIDE.md"}.rdbuf();
    return text.str();
}

void expect_shown(Daemon& daemon, const std::vector<std::string>& names)
{
    std::vector<std::string> sorted = names;
    std::ranges::sort(sorted);
    EXPECT_TRUE(support::eventually([&] {
        auto now = shown(daemon);
        std::ranges::sort(now);
        return now == sorted;
    }));
    EXPECT_THAT(shown(daemon), UnorderedElementsAreArray(names));
}

// Many tests compare the children before and after.
TEST(Processes, CountNoMoreOnceTheyHaveExited)
{
    Daemon daemon;
    const pid_t updater = daemon.child("updater").value();
    daemon.process().signal(SIGSTOP); // so that it does not wait for its child
    ::kill(updater, SIGKILL);
    EXPECT_TRUE(support::eventually([&] { return daemon.children().size() == 2; }));
    EXPECT_THAT(daemon.all_children(), testing::Contains(updater));
    daemon.process().signal(SIGCONT);
}

TEST(Processes, AreOneOfEachKind)
{
    Daemon daemon;
    const std::vector<std::string> names{"nanodnsd-keeper", "nanodnsd-updater", "nanodnsd-responder"};
    expect_shown(daemon, names);
    ASSERT_TRUE(daemon.reload());
    expect_shown(daemon, names);
    for (const std::string& name : names) {
        EXPECT_THAT(guide(), HasSubstr(name));
    }
}

TEST(Processes, AreOneResponderPerWorker)
{
    Daemon daemon{{.config = support::config_with_more_hosts("workers = 2\n")}};
    expect_shown(daemon,
                 {"nanodnsd-keeper", "nanodnsd-updater", "nanodnsd-responder-1", "nanodnsd-responder-2"});
    EXPECT_THAT(guide(), HasSubstr("nanodnsd-responder-1"));
}

TEST(ReadProc, ReadsNothingOfAProcessThatHasExited)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(0);
    }
    siginfo_t exited{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &exited, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(support::read_proc(pid, "smaps_rollup"), ""); // read(2) fails with ESRCH
    ::waitpid(pid, nullptr, 0);
}

} // namespace
