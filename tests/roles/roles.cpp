// A table with one row more: the supervisor treats the new kind of child as its others.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sys/stat.h>

#include "tests/support/daemon.h"
#include "tests/system/more_hosts.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

/// The build's executables, with the test's table, the probe, and a reader that makes its setup.
const std::string& longer_installation()
{
    static const support::Folder folder;
    static const bool copied = [] {
        const auto overwrite = std::filesystem::copy_options::overwrite_existing;
        std::filesystem::copy(support::installation(), folder.path(),
                              std::filesystem::copy_options::recursive);
        std::filesystem::copy_file(LONGER_NANODNSD, folder / "bin/nanodnsd", overwrite);
        std::filesystem::copy_file(PROBE, folder / "libexec/nanodnsd/probe");
        std::filesystem::copy_file(ODD_READER, folder / "libexec/nanodnsd/reader", overwrite);
        for (const char* name : {"libexec/nanodnsd/probe", "libexec/nanodnsd/reader", "bin/nanodnsd",
                                 "libexec/nanodnsd", "libexec", "bin"}) {
            ::chmod((folder / name).c_str(), 0755);
        }
        return true;
    }();
    static_cast<void>(copied);
    return folder.path();
}

std::string config(const std::string& more = "")
{
    return support::server_config("workers = 3\n") + support::sample_hosts() + more;
}

class OneRowMore : public testing::Test
{
protected:
    std::vector<pid_t> probes() const { return daemon_.all_of("probe"); }

    /// Expects that each of two probes, given by number, has received a message of the other since the last
    /// call.
    void expect_connected(int one, int other)
    {
        const auto heard = [&](int who, int from) {
            return "nanodnsd-probe-" + std::to_string(who) + ": heard from " + std::to_string(from) + "\n";
        };
        for (const std::string& line : {heard(one, other), heard(other, one)}) {
            EXPECT_TRUE(support::eventually([&] { return new_output().find(line) != std::string::npos; }))
                << line << daemon_.process().output();
        }
    }
    std::string new_output() { return daemon_.process().output().substr(seen_); }
    void forget_output() { seen_ = daemon_.process().output().size(); }

    Daemon daemon_{{.config = config(), .installed_in = longer_installation()}};
    std::size_t seen_ = 0;
};

TEST_F(OneRowMore, IsStartedOncePerWorkerAndNamed)
{
    EXPECT_EQ(probes().size(), 3U);
    EXPECT_EQ(daemon_.children().size(), 3U + 3U + 2U);
    for (const char* name : {"probe-1", "probe-2", "probe-3"}) {
        EXPECT_THAT(daemon_.process().output(), HasSubstr("nanodnsd: " + std::string{name} + " (pid "));
    }
}

TEST_F(OneRowMore, HasAChannelToTwoPeers)
{
    expect_connected(1, 2);
    expect_connected(1, 3);
    expect_connected(2, 3);
}

TEST_F(OneRowMore, IsRestartedWithNewChannels)
{
    expect_connected(2, 3);
    forget_output();
    const auto before = probes();
    ::kill(before.at(1), SIGKILL);
    EXPECT_TRUE(support::eventually([&] { return new_output().find(" serves\n") != std::string::npos; }));
    EXPECT_THAT(new_output(), HasSubstr("nanodnsd: probe-2 (pid " + std::to_string(before.at(1)) +
                                        ") was killed by signal 9 (Killed)\n"));
    expect_connected(1, 2);
    expect_connected(2, 3);
    EXPECT_EQ(probes().size(), 3U);
}

TEST_F(OneRowMore, IsReplacedAtAReload)
{
    const auto before = probes();
    forget_output();
    daemon_.configure(config(support::more_hosts));
    ASSERT_TRUE(daemon_.reload());
    expect_connected(1, 2);
    expect_connected(2, 3);
    EXPECT_TRUE(support::eventually([&] { return daemon_.all_children().size() == 3U + 3U + 2U; }));
    const auto after = probes();
    EXPECT_EQ(after.size(), 3U);
    EXPECT_TRUE(std::ranges::none_of(
        after, [&](pid_t pid) { return std::ranges::find(before, pid) != before.end(); }));
    support::expect_all_at_work(daemon_, "192.0.2.1");
}

TEST_F(OneRowMore, ReportsItsStatistics)
{
    daemon_.process().signal(SIGUSR1);
    for (const char* line : {"nanodnsd-probe-1: has 2 peers\n", "nanodnsd-probe-3: has 2 peers\n"}) {
        EXPECT_TRUE(
            support::eventually([&] { return daemon_.process().output().find(line) != std::string::npos; }));
    }
}

/// What each probe has said last of its secrets; empty if one has said nothing.
class OneRowMoreWithCookies : public OneRowMore
{
protected:
    std::set<std::string> secrets()
    {
        std::set<std::string> result;
        const std::string log = daemon_.process().output();
        for (const char* number : {"1", "2", "3"}) {
            const std::string start =
                std::string{"nanodnsd-probe-"} + number + ": makes cookies with secret ";
            const std::size_t at = log.rfind(start);
            if (at == std::string::npos) {
                return {};
            }
            result.insert(log.substr(at + start.size(), log.find('\n', at) - at - start.size()));
        }
        return result;
    }
    /// Waits until all have the same secret, which none had before.
    void expect_another_than(const std::set<std::string>& before)
    {
        EXPECT_TRUE(support::eventually([&] { return secrets().size() == 1 && secrets() != before; }))
            << daemon_.process().output();
    }
};

TEST_F(OneRowMoreWithCookies, GetsTheSecretsOfCookies)
{
    expect_another_than({});
    const auto before = secrets();
    ASSERT_TRUE(daemon_.reload());
    EXPECT_TRUE(support::eventually([&] { return daemon_.all_children().size() == 3U + 3U + 2U; }));
    EXPECT_EQ(secrets(), before);
    ::kill(probes().at(1), SIGABRT); // it may have been broken into
    expect_another_than(before);
    const auto after = secrets();
    ::kill(daemon_.all_of("responder").at(0), SIGABRT);
    expect_another_than(after);
    EXPECT_EQ(secrets().begin()->find(" and "), std::string::npos) << "none before is accepted";
}

// After all others have exited, as its row says.
TEST_F(OneRowMore, StopsInItsTurn)
{
    EXPECT_EQ(daemon_.stop(), 0);
    const std::string log = daemon_.process().output();
    for (const char* probe : {"nanodnsd-probe-1", "nanodnsd-probe-2", "nanodnsd-probe-3"}) {
        EXPECT_THAT(log, HasSubstr(std::string{probe} + ": finished\n"));
    }
    EXPECT_THAT(log, testing::Not(HasSubstr("was killed")));
}

TEST(OneRowMoreAtTheStart, StopsTheDaemonIfItDoesNotStart)
{
    support::Folder folder;
    std::filesystem::copy(longer_installation(), folder.path(), std::filesystem::copy_options::recursive);
    std::filesystem::copy_file("/bin/false", folder / "libexec/nanodnsd/probe",
                               std::filesystem::copy_options::overwrite_existing);
    ::chmod(folder.path().c_str(), 0755);
    Daemon daemon{{.config = config(), .installed_in = folder.path(), .wait_until_it_serves = false}};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("nanodnsd: stopping: probe-"));
}

} // namespace
