// The real daemon: `nanodnsd -n -s STATE`, and starts with a damaged state.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
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

TEST_F(StateReport, CountsNoHostThatHasOnlyAPrefix)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    ASSERT_EQ(daemon_.update("hostname=office.dyn.example.org&token=other&ip6lanprefix=2001:db8:1::/48"),
              "200 ok updated");
    EXPECT_THAT(report().output, testing::ContainsRegex(
                                     "addresses     of 1 hosts\n"
                                     "home.dyn.example.org.    192.0.2.1 +expires 20.* UTC\n"
                                     "office.dyn.example.org.  prefix 2001:db8:1::/48 +expires 20.* UTC\n"));
}

TEST_F(StateReport, NamesHostsThatLeftTheConfig)
{
    ASSERT_EQ(daemon_.update(good_update + "1"), "200 ok updated");
    daemon_.configure(support::server_config() + "[@office]\ntoken = other\n");
    ASSERT_TRUE(daemon_.reload());
    const auto result = report();
    EXPECT_THAT(result.output, HasSubstr("addresses     of 1 hosts\n"));
    EXPECT_THAT(result.output,
                testing::ContainsRegex(
                    "home.dyn.example.org.    192.0.2.1  expires 20.* UTC, no token in the config\n"
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

TEST_F(StateReport, NamesAHostOfTheConfigWithoutAddresses)
{
    EXPECT_THAT(report().output, HasSubstr("addresses     of 0 hosts\n"
                                           "home.dyn.example.org.    none\n"
                                           "office.dyn.example.org.  none\n"));
}

TEST_F(StateReport, HasWhatTheNextStartImports)
{
    daemon_.stop();
    fs::remove(daemon_.state_path() + ".0");
    fs::remove(daemon_.state_path() + ".1");
    support::write_file(daemon_.state_path(), "[@.home]\nexpire=4102444799\na=192.0.2.1\naaaa=2001:db8::1\n"
                                              "[@.gone]\nexpire=1000\na=192.0.2.9\n");
    const auto before = folder();
    const auto result = report();
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output,
                HasSubstr(": the next start imports " + daemon_.state_path() +
                          "\n"
                          "addresses     of 2 hosts\n"
                          "gone.dyn.example.org.    192.0.2.9              "
                          "expired 1970-01-01 00:16:40 UTC, no token in the config\n"
                          "home.dyn.example.org.    192.0.2.1 2001:db8::1  expires 2099-12-31 23:59:59 UTC\n"
                          "office.dyn.example.org.  none\n"));
    EXPECT_EQ(folder(), before);
}

TEST_F(StateReport, FailsIfThePredecessorsStateIsDamaged)
{
    daemon_.stop();
    fs::remove(daemon_.state_path() + ".0");
    fs::remove(daemon_.state_path() + ".1");
    support::write_file(daemon_.state_path(), "[@.home]\nexpire=soon\n");
    const auto result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("cannot import the predecessor's state: " + daemon_.state_path() +
                                         ":2:8: expire: found soon, expected a Unix time"));
    EXPECT_THAT(result.output, Not(HasSubstr("trial: "))); // the last line is the error
}

TEST_F(StateReport, FailsIfAStartWouldFail)
{
    daemon_.stop();
    const std::string folder = daemon_.folder() / "state";
    ASSERT_EQ(::chown(daemon_.state_path().append(".0").c_str(), 54322, 54322), 0);
    auto result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("belongs to uid 54322, and this is uid 65534: chown nobody: "));
    fs::remove(daemon_.state_path() + ".0");
    ASSERT_EQ(::mkfifo((daemon_.state_path() + ".0").c_str(), 0644), 0);
    result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr(".0 is not a regular file"));
    ASSERT_EQ(::chmod(folder.c_str(), 0777), 0);
    result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("other users may write to " + folder));
    fs::remove_all(folder);
    ASSERT_EQ(::symlink("/proc/there/is/no/folder", folder.c_str()), 0);
    result = report();
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("cannot open " + folder + ", the folder of the state"));
}

TEST_F(StateReport, FailsIfTheFolderCannotBeWritten)
{
    daemon_.stop();
    fs::remove(daemon_.state_path() + ".1");
    const auto result = report(support::become_ordinary);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("belongs to uid 65534"));
    fs::remove(daemon_.state_path() + ".0");
    EXPECT_THAT(report(support::become_ordinary).output,
                HasSubstr("no files can be made in " + (daemon_.folder() / "state") +
                          ", the folder of the state: it must be writable for uid 54321; see -s"));
}

// systemd gives the folder to a user whose name exists only while the unit runs.
TEST_F(StateReport, TakesTheOwnerOfAFolderThatBelongsToADynamicUser)
{
    daemon_.stop();
    constexpr uid_t dynamic = 65000;
    for (const std::string& path :
         {daemon_.folder() / "state", daemon_.state_path() + ".0", daemon_.state_path() + ".1"}) {
        ASSERT_EQ(::chown(path.c_str(), dynamic, dynamic), 0);
    }
    const auto result = report();
    EXPECT_EQ(result.status, 0) << result.output;
}

// Two processes read the config.
TEST_F(StateReport, AcceptsAConfigFromAPipe)
{
    const auto result = support::run({"sh", "-c",
                                      "cat " + daemon_.config_path() + " | " + support::installation() +
                                          "/bin/nanodnsd -n -c /dev/stdin -s " + daemon_.state_path()});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, HasSubstr("office.dyn.example.org.  none\n"));
}

std::vector<pid_t> children_of(pid_t pid)
{
    const std::string all = "task/" + std::to_string(pid) + "/children";
    std::istringstream numbers{support::read_proc(pid, all)};
    return {std::istream_iterator<pid_t>{numbers}, {}};
}

/// The process that prints the report of `program`, a grandchild of it; none if it does not run (yet).
std::optional<pid_t> reporter_of(pid_t program)
{
    for (const pid_t child : children_of(program)) {
        for (const pid_t grandchild : children_of(child)) {
            if (support::read_proc(grandchild, "comm") == "nanodnsd-state\n") {
                return grandchild;
            }
        }
    }
    return std::nullopt;
}

// Its output is longer than the pipe, so it waits after it has read the state.
TEST_F(StateReport, IsMadeInASandbox)
{
    daemon_.stop();
    fs::remove(daemon_.state_path() + ".0");
    fs::remove(daemon_.state_path() + ".1");
    std::string hosts;
    for (int i = 0; i < 3000; ++i) {
        hosts += "[@.host" + std::to_string(i) + "]\nexpire=4102444799\na=192.0.2.1\n";
    }
    support::write_file(daemon_.state_path(), hosts);
    support::Process process{{{support::installation() + "/bin/nanodnsd", "-n", "-c", daemon_.config_path(),
                               "-s", daemon_.state_path()},
                              {}}};
    std::optional<pid_t> reporter;
    ASSERT_TRUE(support::eventually([&] {
        reporter = reporter_of(process.pid());
        return reporter && support::is_locked_in(*reporter);
    }));
    const std::string status = support::read_proc(*reporter, "status");
    EXPECT_EQ(status.find("\nUid:\t0\t"), std::string::npos) << status;
    EXPECT_EQ(process.wait(), 0);
    EXPECT_THAT(process.output(), HasSubstr("\nhost2999.dyn.example.org.  192.0.2.1  expires 2099-12-31"));
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
