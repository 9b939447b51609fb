// nanodnsd --init: the dialog on a terminal, its command line, and the file that it writes.
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Result;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Words = std::vector<std::string>;

const Words all_options = {"--domain=dyn.mydomain.test", "--nameserver=ns.dyn.mydomain.test",
                           "--email=hostmaster@mydomain.test", "--host=home", "--ipv4=192.0.2.53"};

/// For nanodnsctl: no unit that passes the socket reads the configs of these tests.
constexpr const char* control_section = "\n[control]\nsocket=/run/nanodnsd/control\n";

/// A terminal of a program, which runs in a session of its own.
class Terminal
{
public:
    explicit Terminal(support::Start start) : ours_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        ::grantpt(ours_.get());
        ::unlockpt(ours_.get());
        const std::string theirs = ::ptsname(ours_.get()); // NOLINT(concurrency-mt-unsafe): one thread
        start.before_exec = [theirs, before = start.before_exec] {
            ::setsid();
            ::signal(SIGINT, SIG_DFL);                     // a shell's command in the background ignores it
            const int fd = ::open(theirs.c_str(), O_RDWR); // the session's terminal from now on
            for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
                ::dup2(fd, standard);
            }
            if (before) {
                before();
            }
        };
        process_.emplace(start);
    }

    void type(const std::string& text) const
    {
        EXPECT_EQ(::write(ours_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

    /// Waits for the prompt and answers. Returns the output up to the prompt.
    std::string answer(const std::string& prompt, const std::string& text)
    {
        const std::string said = read_until(prompt + ": ");
        type(text + '\n');
        EXPECT_THAT(read_until("\n"), StartsWith(text)); // the echo
        return said;
    }

    /// All output up to `end` that was not returned yet; everything up to the exit if that does not come.
    std::string read_until(const std::string& end)
    {
        std::string text;
        std::array<char, 1> byte{};
        pollfd wait{ours_.get(), POLLIN, 0};
        while (!text.ends_with(end) &&
               ::poll(&wait, 1, static_cast<int>(support::patience.count()) * 1000) > 0 &&
               ::read(ours_.get(), byte.data(), 1) == 1) {
            text += byte[0] == '\r' ? "" : std::string{byte[0]};
        }
        return text;
    }

    std::optional<int> wait() { return process_->wait(); }

private:
    privsep::UniqueFd ours_;
    std::optional<support::Process> process_;
};

class Init : public testing::Test
{
protected:
    support::Start start(Words more = all_options) const
    {
        Words command{support::installation() + "/bin/nanodnsd", "--init", "-c", config_};
        command.insert(command.end(), more.begin(), more.end());
        return {command, {}};
    }
    Result run(const Words& more = all_options) const { return support::run(start(more)); }

    std::size_t files() const
    {
        const std::filesystem::directory_iterator all{folder_.path()};
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
    struct stat about() const
    {
        struct stat result {
        };
        EXPECT_EQ(::stat(config_.c_str(), &result), 0);
        return result;
    }
    void expect_a_config_without_warnings() const
    {
        const Result check = support::run({support::installation() + "/bin/nanodnsd", "-n", "-c", config_});
        EXPECT_EQ(check.status, 0) << check.output;
        EXPECT_THAT(check.output, Not(HasSubstr("warning")));
        EXPECT_THAT(check.output, HasSubstr("home.dyn.mydomain.test. dynamic, expires after 35d"));
    }

    support::Folder folder_;
    std::string config_ = folder_ / "nanodnsd.conf";
};

TEST_F(Init, AsksForEachAnswerWithAReasonAndAnExample)
{
    Terminal terminal{start({})};
    EXPECT_EQ(terminal.answer("domain", "dyn"),
              "This writes " + config_ + R"(. Ctrl-C ends it, and nothing is written.

The zone that this server will serve: a subdomain of a domain that you own. The DNS provider of that
domain must allow NS records.
Example: dyn.mydomain.test
domain: )");
    EXPECT_EQ(terminal.answer("domain", "dyn.mydomain.test"),
              "found dyn, expected a whole name, like dyn.mydomain.test\n"
              "domain: ");
    EXPECT_EQ(terminal.answer("[ns.dyn.mydomain.test]", ""), R"(
The name of this server. Resolvers send their queries to it, and routers their updates.
Example: ns.mydomain.test
nameserver [ns.dyn.mydomain.test]: )");
    EXPECT_EQ(terminal.answer("email", "hostmaster"), R"(
The mail address of the person responsible for the zone. It is published in the zone (SOA).
Example: hostmaster@mydomain.test
email: )");
    EXPECT_EQ(terminal.answer("email", "hostmaster@mydomain.test"),
              "found hostmaster, expected user@domain\nemail: ");
    EXPECT_EQ(terminal.answer("[home]", "Home.dyn.mydomain.test"), R"(
The first host to update: its name below the domain.
Example: home
host [home]: )");
    EXPECT_EQ(terminal.answer("ipv4", "192.168.1.1"), R"(
The public IPv4 address of this server, for its A record. Leave it empty if there is none.
Example: 192.0.2.53
ipv4: )");
    EXPECT_EQ(terminal.answer("ipv4", ""),
              "found 192.168.1.1, which the internet cannot reach, expected a public "
              "IPv4 address\nipv4: ");
    EXPECT_EQ(terminal.answer("ipv6", ""), R"(
The public IPv6 address of this server, for its AAAA record. Leave it empty if there is none.
Example: 2001:db8::53
ipv6: )");
    EXPECT_EQ(terminal.answer("ipv6", "2001:db8::53"),
              "found no address, expected an IPv4 or an IPv6 address of this server\nipv6: ");
    EXPECT_THAT(terminal.read_until(" AAAA\n"),
                StartsWith("\nWrote " + config_ + ".\n\n1. Add these records"));
    EXPECT_THAT(terminal.read_until("end"),
                testing::Eq("dig +trace home.dyn.mydomain.test AAAA\n"
                            "\n5. See what it does, and what deserves attention.\n\n"
                            "nanodnsctl status\n"));
    EXPECT_EQ(terminal.wait(), 0);
    expect_a_config_without_warnings();
}

TEST_F(Init, AsksOnlyForWhatIsNotGiven)
{
    Terminal terminal{start()};
    EXPECT_THAT(terminal.answer("ipv6", ""),
                EndsWith("written.\n\nThe public IPv6 address of this server, for its "
                         "AAAA record. Leave it empty if there is none.\n"
                         "Example: 2001:db8::53\nipv6: "));
    terminal.read_until("end");
    EXPECT_EQ(terminal.wait(), 0);
    expect_a_config_without_warnings();
}

// The options before the domain: what they mean depends on it.
TEST_F(Init, ReadsTheHostOfAnOptionWithTheDomainThatIsAsked)
{
    Terminal terminal{start({"--host=Home.dyn.mydomain.test", "--ipv4=192.0.2.53", "--ipv6="})};
    terminal.answer("domain", "dyn.mydomain.test");
    terminal.answer("[ns.dyn.mydomain.test]", "");
    terminal.answer("email", "hostmaster@mydomain.test");
    EXPECT_THAT(terminal.read_until("end"), HasSubstr("\nDomain name  home.dyn.mydomain.test\n"));
    EXPECT_EQ(terminal.wait(), 0);
    expect_a_config_without_warnings();
}

TEST_F(Init, AsksForTheHostOfAnOptionThatIsTheNameServer)
{
    Terminal terminal{
        start({"--host=ns", "--email=hostmaster@mydomain.test", "--ipv4=192.0.2.53", "--ipv6="})};
    terminal.answer("domain", "dyn.mydomain.test");
    terminal.answer("[ns.dyn.mydomain.test]", "");
    EXPECT_THAT(terminal.answer("[home]", ""),
                StartsWith("\n--host: found ns, the name of the name server, expected another one\n"
                           "\nThe first host to update"));
    terminal.read_until("end");
    EXPECT_EQ(terminal.wait(), 0);
    expect_a_config_without_warnings();
}

TEST_F(Init, LeavesNothingOnControlC)
{
    Terminal terminal{start()};
    terminal.read_until("ipv6: ");
    terminal.type("\x03");
    EXPECT_EQ(terminal.wait(), 128 + SIGINT);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Init, NamesWhatIsMissingAtTheEndOfTheInput)
{
    Terminal terminal{start({"--domain=dyn.mydomain.test"})};
    terminal.answer("[ns.dyn.mydomain.test]", "");
    terminal.read_until("email: ");
    terminal.type("\x04"); // Ctrl-D
    EXPECT_EQ(terminal.read_until("end"),
              "\nnanodnsd: no configuration was written, because these are missing: "
              "--email, --host, --ipv4 or --ipv6\n");
    EXPECT_EQ(terminal.wait(), 2);
    EXPECT_EQ(files(), 0U);
}

// One address is enough, so none of the answers is missing.
TEST_F(Init, SaysThatTheLastQuestionHasNoAnswerAtTheEndOfTheInput)
{
    Terminal terminal{start()};
    terminal.read_until("ipv6: ");
    terminal.type("\x04");
    EXPECT_EQ(terminal.read_until("end"),
              "\nnanodnsd: no configuration was written, because there is no answer to the last question\n");
    EXPECT_EQ(terminal.wait(), 2);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Init, NamesWhatIsMissingWithoutATerminal)
{
    const std::string text = "nanodnsd: no configuration was written, because these are missing: ";
    EXPECT_EQ(run({}).output, text + "--domain, --nameserver, --email, --host, --ipv4 or --ipv6\n");
    EXPECT_EQ(run({"--ipv6=2001:db8::53", "--host=home"}).output, text + "--domain, --nameserver, --email\n");
    EXPECT_EQ(run({"--ipv4="}).output, text + "--domain, --nameserver, --email, --host, --ipv6\n");
    EXPECT_EQ(run({}).status, 2);
    EXPECT_EQ(files(), 0U);
}

TEST_F(Init, WritesWithoutATerminalIfAllIsGiven)
{
    const Result result = run();
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, StartsWith("Wrote " + config_ + ".\n"));
    EXPECT_EQ(about().st_mode & 07777U, ::geteuid() == 0 ? 0640U : 0600U);
    EXPECT_EQ(about().st_uid, ::geteuid());
    EXPECT_EQ(files(), 1U);
    const std::string text = support::read_file(config_);
    const std::string token = text.substr(text.find("\ntoken=") + 7, 22);
    EXPECT_THAT(result.output, HasSubstr("\nPassword     " + token + '\n'));
    EXPECT_THAT(result.output, HasSubstr("\nnanodnsd -c " + config_ + '\n'));
    EXPECT_THAT(text, HasSubstr(control_section));
    expect_a_config_without_warnings();
}

TEST_F(Init, RefusesWrongOptionsWithTheReason)
{
    const Result result = run({"--domain=dyn.mydomain.test", "--ipv4=10.0.0.1", "--nameserver=ns"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.output, StartsWith("nanodnsd: --nameserver: found ns, expected a whole name, like "
                                          "ns.mydomain.test\nusage: nanodnsd --init "));
    for (const std::string wrong : {"--zone=x", "-n", "x", "--domain", "--ipv4"}) {
        EXPECT_EQ(run({wrong}).status, 2) << wrong;
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(Init, ListsItsOptionsWithHelp)
{
    const Result result = run({"--help"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.output, StartsWith("usage: nanodnsd --init ["));
    for (const std::string option : {"domain", "nameserver", "email", "host", "ipv4", "ipv6"}) {
        EXPECT_THAT(result.output, HasSubstr("\n  --" + option + '='));
    }
}

// Before the first question.
TEST_F(Init, NeverReplacesAFile)
{
    support::write_file(config_, "old");
    Terminal terminal{start({})};
    EXPECT_EQ(terminal.read_until("end"),
              "nanodnsd: " + config_ +
                  " exists already and is not changed: move it away, or name another "
                  "file with -c\n");
    EXPECT_EQ(terminal.wait(), 1);
    EXPECT_EQ(support::read_file(config_), "old");
}

TEST_F(Init, DoesNotReplaceAFileThatAppearsDuringTheQuestions)
{
    Terminal terminal{start()};
    terminal.read_until("ipv6: ");
    support::write_file(config_, "old");
    terminal.type("\n");
    EXPECT_THAT(terminal.read_until("end"), HasSubstr("exists already and is not changed"));
    EXPECT_EQ(terminal.wait(), 1);
    EXPECT_EQ(support::read_file(config_), "old");
    EXPECT_EQ(files(), 1U);
}

TEST_F(Init, WritesAFileOfAnOrdinaryUserForThatUserAlone)
{
    support::Start as_somebody = start();
    as_somebody.before_exec = [] {
        support::become_ordinary();
        ::umask(0);
    };
    EXPECT_THAT(support::run(as_somebody).output,
                HasSubstr("nanodnsd: cannot write to the folder " + folder_.path() +
                          ": Permission denied: become root, or name another file with -c\n"));
    EXPECT_EQ(files(), 0U);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0);
    const Result result = support::run(as_somebody);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("\n2. Start the server, as root. Its ports must be open"));
    EXPECT_THAT(support::read_file(config_), HasSubstr(control_section)) << "it is root's server, too";
    EXPECT_EQ(about().st_mode & 07777U, 0600U);
    EXPECT_NE(about().st_uid, ::geteuid());
}

TEST_F(Init, GivesTheFileToTheGroupOfTheServiceWhateverTheUmaskIs)
{
    support::write_file(folder_ / "passwd", "root:x:0:0::/:/bin/sh\nnanodnsd:x:4321:4322::/:/bin/false\n");
    support::write_file(folder_ / "group", "root:x:0:\nnanodnsd:x:4322:\n");
    support::Start with_user = start();
    with_user.before_exec = [&] {
        ::umask(0777);
        const bool is_ready =
            ::unshare(CLONE_NEWNS) == 0 &&
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount((folder_ / "passwd").c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr) == 0 &&
            ::mount((folder_ / "group").c_str(), "/etc/group", nullptr, MS_BIND, nullptr) == 0;
        if (!is_ready) {
            ::_exit(126);
        }
    };
    const Result result = support::run(with_user);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_EQ(about().st_mode & 07777U, 0640U);
    EXPECT_EQ(about().st_uid, 0U);
    EXPECT_EQ(about().st_gid, 4322U);
}

TEST_F(Init, LeavesNothingOnAFullDisk)
{
    support::Start on_full_disk = start();
    on_full_disk.command.insert(
        on_full_disk.command.begin(),
        {"sh", "-c",
         "head -c 1M /dev/zero >\"$0/filler\" 2>/dev/null; \"$@\"; status=$?; ls \"$0\"; "
         "exit $status",
         folder_.path()});
    on_full_disk.before_exec = [&] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("disk", folder_.path().c_str(), "tmpfs", 0, "size=64k") != 0) {
            ::_exit(126);
        }
    };
    const Result result = support::run(on_full_disk);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "nanodnsd: cannot write " + config_ + ": No space left on device\nfiller\n");
}

TEST_F(Init, SaysThatTheFileIsThereIfTheStepsCannotBePrinted)
{
    support::Start start_of = start();
    start_of.command.insert(start_of.command.begin(), {"sh", "-c", "exec \"$@\" >/dev/full", "sh"});
    const Result result = support::run(start_of);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(
        result.output,
        "nanodnsd: the configuration is written, but the next steps cannot be printed: No space left on "
        "device\n");
    expect_a_config_without_warnings();
}

} // namespace
