// The real daemon: `nanodnsd -n -s STATE`, and starts with a damaged state.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

namespace fs = std::filesystem;

using support::Daemon;
using testing::HasSubstr;

const std::string good_update = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";

class StateReport : public testing::Test
{
protected:
    support::Result report(std::function<void()> before_exec = {}) const
    {
        support::Process process{{{support::installation() + "/bin/nanodnsd", "-n", "-c",
                                   daemon_.config_path(), "-s", daemon_.state_path()},
                                  {},
                                  std::move(before_exec)}};
        const int status = process.wait().value_or(-1);
        return {status, process.output()};
    }
    /// The folder's files, with times and contents.
    std::map<std::string, std::string> folder() const
    {
        std::map<std::string, std::string> all;
        for (const auto& entry : fs::directory_iterator{daemon_.folder() / "state"}) {
            struct stat about {
            };
            ::stat(entry.path().c_str(), &about);
            all[entry.path()] = std::to_string(about.st_ino) + ' ' + std::to_string(about.st_ctim.tv_sec) +
                                ' ' + std::to_string(about.st_ctim.tv_nsec) + ' ' +
                                std::to_string(about.st_mode) + ' ' + support::read_file(entry.path());
        }
        return all;
    }
    std::string live() const
    {
        const std::string first = daemon_.state_path() + ".0";
        return fs::file_size(first) != 0 ? first : daemon_.state_path() + ".1";
    }

    Daemon daemon_;
};

TEST_F(StateReport, DescribesTheStateOfARunningDaemonAndChangesNothing)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    ASSERT_EQ(daemon_.update("hostname=office.dyn.example.org&token=other&ipv4=192.0.2.9"), "200 ok updated");
    const auto before = folder();
    for (const mode_t mask : {0U, 077U}) {
        const auto result = report([mask] { ::umask(mask); });
        EXPECT_EQ(result.status, 0) << result.output;
        EXPECT_THAT(result.output, HasSubstr("printer")); // the config, as without -s
        EXPECT_THAT(result.output, HasSubstr("state         " + live() + ", generation 1, "));
        EXPECT_THAT(result.output, HasSubstr("addresses     of 2 hosts\n"));
        EXPECT_THAT(result.output, testing::ContainsRegex("serial        [0-9]+\n"));
        EXPECT_THAT(result.output,
                    testing::ContainsRegex("home.dyn.example.org.    192.0.2.1  expires 20.* UTC\n"
                                           "office.dyn.example.org.  192.0.2.9  expires 20.* UTC\n"));
        EXPECT_THAT(result.output, HasSubstr("incomplete    none\n"));
    }
    EXPECT_EQ(folder(), before);
    EXPECT_EQ(daemon_.update(good_update + "2"), "200 ok updated");
}

TEST_F(StateReport, NamesHostsThatLeftTheConfig)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.configure(support::server_config() + "[@office]\ntoken = other\n");
    ASSERT_TRUE(daemon_.reload());
    const auto result = report();
    EXPECT_THAT(result.output, HasSubstr("addresses     of 1 hosts\n"));
    EXPECT_THAT(result.output, testing::ContainsRegex(
                                   "home.dyn.example.org.    192.0.2.1  expires 20.* UTC, not in the config\n"
                                   "office.dyn.example.org.  none\n"));
}

TEST_F(StateReport, ReportsAnIncompleteRecordAndKeepsIt)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.stop();
    const auto size = fs::file_size(live());
    std::ofstream{live(), std::ios::app | std::ios::binary} << std::string(30, '\0');
    const auto before = folder();
    const auto result = report();
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output,
                HasSubstr("incomplete    30 bytes of a record at byte " + std::to_string(size)));
    EXPECT_EQ(folder(), before);
}

TEST_F(StateReport, ReportsThePositionOfDamage)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.stop();
    std::string content = support::read_file(live());
    content[content.size() - 10] = static_cast<char>(content[content.size() - 10] ^ 1);
    support::write_file(live(), content);
    const auto before = folder();
    const auto result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("state file " + live() + " is damaged at byte "));
    EXPECT_EQ(folder(), before);
}

// After a power cut a file may have its length, but only zeros as contents.
TEST_F(StateReport, ReportsWhatIsLostIfAFileHasOnlyZeros)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.stop();
    const std::string other = live() == daemon_.state_path() + ".0" ? ".1" : ".0";
    for (const bool in_both : {false, true}) {
        const std::string zeros(4096, '\0');
        support::write_file(live(), zeros);
        support::write_file(daemon_.state_path() + other, in_both ? zeros : "");
        const auto before = folder();
        const auto result = report();
        EXPECT_EQ(result.status, 1) << result.output;
        const std::string path = daemon_.state_path();
        const std::string what =
            in_both ? "files " + path + ".0 and " + path + ".1 have 8192" : "file " + live() + " has 4096";
        const std::string sentence = "state " + what +
                                     " bytes and no header, probably after a power cut: the stored "
                                     "addresses are lost until the clients send updates";
        EXPECT_THAT(result.output, HasSubstr(sentence));
        EXPECT_EQ(folder(), before);
        daemon_.start();
        EXPECT_THAT(daemon_.process().output(), HasSubstr("nanodnsd-keeper: " + sentence));
        EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "");
        EXPECT_EQ(daemon_.update(good_update + "2"), "200 ok updated");
        daemon_.stop();
        EXPECT_EQ(report().status, 0);
    }
}

// The predecessor's state is outdated: it was taken over once, at the first start.
TEST(StateOfZeros, IsNotReplacedByThePredecessorsState)
{
    Daemon daemon;
    daemon.stop();
    support::write_file(daemon.state_path() + ".0", std::string(4096, '\0'));
    support::write_file(daemon.state_path() + ".1", "");
    support::write_file(daemon.state_path(), "this would be refused where it was read");
    daemon.start();
    EXPECT_THAT(daemon.process().output(), HasSubstr("are lost until the clients send updates"));
}

TEST_F(StateReport, ReportsAMissingState)
{
    daemon_.stop();
    fs::remove_all(daemon_.folder() / "state");
    const auto result = report();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, HasSubstr("state         none in "));
    EXPECT_FALSE(fs::exists(daemon_.folder() / "state"));
}

TEST_F(StateReport, NeedsReadAccessToTheState)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    constexpr uid_t ordinary = 54321;
    const auto as_somebody = [] {
        if (::setgroups(0, nullptr) != 0 || ::setresuid(ordinary, ordinary, ordinary) != 0) {
            ::_exit(127);
        }
    };
    const auto refused = report(as_somebody);
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.output, HasSubstr("the state " + daemon_.state_path() +
                                          ".0 belongs to uid 65534, and this is uid 54321: chown 54321: "));
    daemon_.stop();
    for (const char* number : {".0", ".1"}) {
        ASSERT_EQ(::chown((daemon_.state_path() + number).c_str(), ordinary, ordinary), 0);
    }
    EXPECT_EQ(report(as_somebody).status, 0);
}

TEST_F(StateReport, ComesAfterTheConfigAndKeepsItsExitStatus)
{
    daemon_.configure("[server]\n");
    const auto result = report();
    EXPECT_EQ(result.status, 6);
    EXPECT_THAT(result.output, HasSubstr("state         "));
}

// As after `trap '' CHLD` in a shell.
TEST_F(StateReport, ReportsTheErrorEvenIfSigchldIsIgnored)
{
    daemon_.configure("[server]\n");
    EXPECT_EQ(report([] { ::signal(SIGCHLD, SIG_IGN); }).status, 6);
}

// Flips a bit in each part of the file. Damage is refused with one line that has the position; it is never
// served and never overwritten.
TEST_F(StateReport, TheDaemonRefusesWhatTheReportRefuses)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.stop();
    const std::string file = live();
    const std::string whole = support::read_file(file);
    for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{70}, std::size_t{100},
                                 whole.size() - 60, whole.size() - 10}) {
        std::string content = whole;
        content[at] = static_cast<char>(content[at] ^ 4);
        support::write_file(file, content);
        const auto start = support::run({support::installation() + "/bin/nanodnsd", "-c",
                                         daemon_.config_path(), "-s", daemon_.state_path()});
        EXPECT_EQ(start.status, 1) << at;
        EXPECT_THAT(start.output, HasSubstr("nanodnsd-keeper: state file " + file + " is damaged at byte "))
            << at;
        EXPECT_EQ(support::read_file(file), content) << at;
        EXPECT_EQ(report().status, 1) << at;
    }
    support::write_file(file, whole);
    daemon_.start();
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.1");
}

} // namespace
