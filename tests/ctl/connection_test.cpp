#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/ctl/sample.h"

namespace
{

using ctl_test::Answer;
using ctl_test::Console;
using ctl_test::run;
using ctl_test::sample_answer;
namespace admin = ipc::admin;

TEST(CtlConnection, SaysThatNobodyServesTheSocket)
{
    const std::string folder = testing::TempDir();
    for (const std::string& path : {folder + "nothing-there", std::string{"/etc/passwd/control"}}) {
        const auto ran = run({"status"}, path);
        EXPECT_EQ(ran.status, 3);
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(ran.err, "nanodnsctl: no daemon listens on " + path + ": start nanodnsd, with " +
                               (ctl::has_systemd ? "nanodnsd-control.socket or with " : "") +
                               "socket=" + path + " in [control] of its configuration\n");
    }
}

/// A socket of that type, which listens if it can.
class OtherSocket
{
public:
    explicit OtherSocket(int type)
    {
        std::string folder = testing::TempDir() + "other-XXXXXX";
        folder_ = ::mkdtemp(folder.data());
        path_ = folder_ + "/socket";
        socket_ = ctl::Fd{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
        struct sockaddr_un address {
        };
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    OtherSocket(const OtherSocket&) = delete;
    OtherSocket& operator=(const OtherSocket&) = delete;
    ~OtherSocket() { std::filesystem::remove_all(folder_); }

    const std::string& path() const { return path_; }
    void listen() const { EXPECT_EQ(::listen(socket_.get(), 1), 0); }
    void close() { socket_ = ctl::Fd{}; }

private:
    std::string folder_;
    std::string path_;
    ctl::Fd socket_;
};

TEST(CtlConnection, SaysThatASocketIsStaleOrAnothers)
{
    OtherSocket stale{SOCK_SEQPACKET};
    stale.close();
    EXPECT_EQ(run({"status"}, stale.path()).status, 3);
    const OtherSocket stream{SOCK_STREAM};
    stream.listen();
    const auto ran = run({"status"}, stream.path());
    EXPECT_EQ(ran.status, 3);
    EXPECT_EQ(ran.err, "nanodnsctl: " + stream.path() + " is a socket of another program\n");
}

TEST(CtlConnection, RefusesAPathThatASocketCannotHave)
{
    const std::string path = '/' + std::string(107, 'x');
    const auto ran = run({"status"}, path);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.err, "nanodnsctl: found a path of 108 bytes, expected 1 to 107: " + path + '\n');
}

TEST(CtlConnection, SaysThatAHangingConsoleDoesNotAnswer)
{
    const OtherSocket hanging{SOCK_SEQPACKET};
    hanging.listen();
    for (int i = 0; i < 4; ++i) { // also when the queue of connections is full
        const auto ran = run({"status"}, hanging.path(), {.patience = std::chrono::milliseconds{10}});
        EXPECT_EQ(ran.status, 1);
        EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd does not answer\n");
    }
}

TEST(CtlConnection, SaysThatTheConsoleClosedTheConnection)
{
    const Console console{[](const admin::ClientToConsole& request) -> Answer {
        return std::holds_alternative<admin::Hello>(request) ? Answer{ctl_test::welcome} : Answer{};
    }};
    for (const char* command : {"status", "hosts", "stats", "reload"}) {
        const auto ran = run({command}, console.path());
        EXPECT_EQ(ran.status, 1);
        EXPECT_EQ(ran.out, "");
        EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd closed the connection before it answered\n");
    }
}

template <typename Request>
void expect_same_after_reload(const std::vector<std::string>& arguments)
{
    const Console lasting{sample_answer};
    const Console replaced{ctl_test::replaced_at<Request>(sample_answer)};
    const auto expected = run(arguments, lasting.path());
    EXPECT_EQ(expected.status, 0);
    const auto ran = run(arguments, replaced.path());
    EXPECT_EQ(ran.status, 0) << arguments.front();
    EXPECT_EQ(ran.out, expected.out);
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(replaced.connections(), 2U);
}

// A reload replaces the console. What is only read may be asked again, whatever was heard before.
TEST(CtlConnection, IsMadeAgainToReadIfTheConsoleWasReplaced)
{
    for (const std::string command : {"status", "hosts", "show", "stats"}) {
        for (const bool json : {false, true}) {
            std::vector<std::string> arguments{command};
            arguments.insert(arguments.end(), command == "show" ? 1 : 0, "home");
            arguments.insert(arguments.end(), json ? 1 : 0, "--json");
            expect_same_after_reload<admin::Hello>(arguments);
            if (command == "status") {
                expect_same_after_reload<admin::AskStatus>(arguments);
                expect_same_after_reload<admin::AskHosts>(arguments); // that need attention
            } else if (command == "hosts") {
                expect_same_after_reload<admin::AskHosts>(arguments);
            } else if (command == "show") {
                expect_same_after_reload<admin::AskHost>(arguments);
            } else {
                expect_same_after_reload<admin::AskCounters>(arguments);
            }
        }
    }
}

TEST(CtlConnection, IsNotMadeAgainToChangeSomething)
{
    const Console console{ctl_test::replaced_at<admin::Set>(sample_answer)};
    const auto ran = run({"set", "home", "192.0.2.8"}, console.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd closed the connection before it answered\n");
    EXPECT_EQ(console.connections(), 1U);
}

TEST(CtlConnection, SaysWhatTheConsoleSaysOfAnotherVersion)
{
    const Console console{[](const admin::ClientToConsole& request) -> Answer {
        EXPECT_TRUE(std::holds_alternative<admin::Hello>(request));
        EXPECT_EQ(std::get<admin::Hello>(request).version, admin::protocol_version);
        EXPECT_EQ(std::get<admin::Hello>(request).uid, ::geteuid());
        return {admin::Refusal{admin::Refused::other_version, "this nanodnsd speaks version 2"}};
    }};
    const auto ran = run({"status"}, console.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: this nanodnsd speaks version 2\n");
}

TEST(CtlConnection, SaysThatOtherRecordsAreOfAnotherProtocol)
{
    const Console console{[](const admin::ClientToConsole&) -> Answer { return {admin::Done{}}; }};
    const auto ran = run({"status"}, console.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd and this nanodnsctl have different protocols; install the same "
                       "version of both\n");
}

TEST(CtlConnection, PrintsNoControlCharactersOfTheConsole)
{
    const Console console{[](const admin::ClientToConsole& request) -> Answer {
        if (std::holds_alternative<admin::Hello>(request)) {
            return {ctl_test::welcome};
        }
        return {admin::Refusal{admin::Refused::busy, "\x1b[2Jbusy\n"}};
    }};
    EXPECT_EQ(run({"hosts"}, console.path()).err, "nanodnsctl: \\x1b[2Jbusy\\x0a\n");
}

/// `status` in a child process without rights. Returns its exit status; its stderr goes to our stdout.
int run_as_nobody(const std::string& socket)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
            ::_exit(99);
        }
        const auto ran = run({"status"}, socket);
        std::fputs(ran.err.c_str(), stdout);
        std::fflush(stdout);
        ::_exit(ran.status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

TEST(CtlConnection, NamesTheGroupThatMayUseTheSocket)
{
    const OtherSocket closed{SOCK_SEQPACKET};
    closed.listen();
    ASSERT_EQ(::chmod(closed.path().c_str(), 0), 0);
    testing::internal::CaptureStdout();
    const int status = run_as_nobody(closed.path());
    const std::string said = testing::internal::GetCapturedStdout();
    EXPECT_EQ(status, 5);
    EXPECT_TRUE(said.starts_with("nanodnsctl: no permission to use " + closed.path() + ": join the group "))
        << said;
    EXPECT_NE(said.find(" (as root: usermod -aG "), std::string::npos) << said;
    EXPECT_TRUE(said.ends_with("), and log in again\n")) << said;
}

TEST(CtlOutput, ThatIsNotWrittenIsAFailure)
{
    const Console console{sample_answer};
    ctl::Context context;
    context.out = std::fopen("/dev/full", "w");
    context.err = std::fopen("/dev/null", "w");
    context.environment = [](const char*) { return nullptr; };
    context.now = [] { return ctl_test::now; };
    EXPECT_EQ(ctl::main_with(context, {"hosts", "-S", console.path()}), ctl::Exit::failed);
    std::fclose(context.out);
    std::fclose(context.err);
}

} // namespace
