// The supervisor and the reader of its config: the real one, and one that breaks the rules.
#include "daemon/supervisor/config_reader.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/reader/syscalls.h"
#include "privsep/child.h"
#include "privsep/filters.h"
#include "tests/support/daemon.h"

namespace
{

using privsep::UniqueFd;
using supervisor::ConfigReader;
using testing::AllOf;
using testing::HasSubstr;

constexpr auto required_layers = static_cast<std::uint32_t>(privsep::SandboxLayer::seccomp);

std::string the_real_one()
{
    return support::installation() + "/libexec/nanodnsd/reader";
}

UniqueFd file_of(const std::string& text)
{
    UniqueFd file{::memfd_create("config", MFD_CLOEXEC)};
    EXPECT_EQ(::pwrite(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return file;
}

/// Waits until all children have exited.
void expect_no_child_left()
{
    while (::waitpid(-1, nullptr, 0) > 0) {}
    EXPECT_EQ(errno, ECHILD);
}

/// A reader with a config, and its stderr.
class Reading
{
public:
    explicit Reading(const std::string& text, const std::string& executable = ODD_READER,
                     bool is_reload = false)
    {
        testing::internal::CaptureStderr();
        program_.executable = UniqueFd{::open(executable.c_str(), O_PATH | O_CLOEXEC)};
        program_.filter = std::move(privsep::make_filters({reader::syscalls}).front());
        ipc::ReaderSetup setup;
        setup.path = "n.conf";
        setup.state_path = "n.state";
        setup.is_reload = is_reload;
        ConfigReader::Start start{program_, -1, setup, required_layers};
        constexpr std::chrono::milliseconds not_long{100};
        if (text.starts_with("# says nothing")) {
            start.time_to_read = not_long;
        } else if (text.starts_with("# stops")) {
            start.time_to_make = not_long;
        }
        reader_.emplace(start, kernel_log_);
        reader_->send_config(file_of(text));
    }
    ~Reading()
    {
        said();
        expect_no_child_left();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    ConfigReader& reader() { return *reader_; }
    /// Stops the reader. Returns all that it has written to stderr.
    std::string said()
    {
        if (reader_) {
            reader_.reset();
            said_ = testing::internal::GetCapturedStderr();
        }
        return said_;
    }

    bool has_all_setups()
    {
        reader_->make_setups({{{ipc::Role::responder, 0, 1, 1, 0},
                               {ipc::Role::responder, 1, 1, 1, 0},
                               {ipc::Role::updater, 0, 0, 0, 1},
                               {ipc::Role::keeper, 0, 0, 0, 0}},
                              false},
                             {});
        return reader_->next(ipc::Role::responder, 0) && reader_->next(ipc::Role::responder, 1) &&
               reader_->next(ipc::Role::updater) && reader_->next(ipc::Role::keeper);
    }

private:
    supervisor::Program program_;
    supervisor::KernelLog kernel_log_;
    std::optional<ConfigReader> reader_;
    std::string said_;
};

std::string config(const std::string& first_line = "")
{
    return first_line + "\n" +
           support::server_config("workers = 2\nuser = somebody\n", "timeout = 4s\n", "timeout = 5s\n") +
           support::sample_hosts();
}

TEST(ConfigReader, SendsASummaryOfTheConfig)
{
    Reading reading{config(), the_real_one()};
    const auto wanted = reading.reader().read();
    ASSERT_TRUE(wanted) << reading.said();
    const ipc::ConfigSummary& summary = wanted->summary;
    EXPECT_EQ(summary.apex.to_text(), "dyn.example.org.");
    EXPECT_EQ(summary.user, "somebody");
    EXPECT_EQ(summary.group, "");
    EXPECT_EQ(summary.hosts, 3U);
    EXPECT_EQ(summary.workers, 2);
    EXPECT_EQ(summary.tcp_timeout, base::Seconds{4});
    EXPECT_EQ(summary.http_timeout, base::Seconds{5});
    const base::Address loopback = *base::parse_address("127.0.0.1");
    EXPECT_THAT(wanted->endpoints,
                testing::ElementsAre(ipc::Endpoint{ipc::Service::dns_tcp, loopback, 0, false},
                                     ipc::Endpoint{ipc::Service::dns_udp, loopback, 0, false},
                                     ipc::Endpoint{ipc::Service::http, loopback, 0, false}));
}

// proto/config/options.h: at most 64 addresses per service. The channel must have room for all of them.
TEST(ConfigReader, SendsTheSummaryOfAConfigWithTheMostAddresses)
{
    std::string addresses;
    for (int i = 1; i <= 64; ++i) {
        addresses += " 127.0.0." + std::to_string(i);
    }
    Reading reading{"[server]\ndomain=a.example\nnameserver=b.example\nemail=c@d.example\nlisten=" +
                        addresses + "\n[http]\nlisten=" + addresses + "\n",
                    the_real_one()};
    const auto wanted = reading.reader().read();
    ASSERT_TRUE(wanted) << reading.said();
    EXPECT_EQ(wanted->endpoints.size(), 3 * 64U);
}

TEST(ConfigReader, MakesTheSetupsAndExits)
{
    Reading reading{config(), the_real_one()};
    ASSERT_TRUE(reading.reader().read());
    EXPECT_TRUE(reading.has_all_setups()) << reading.said();
    int status = -1;
    EXPECT_GT(::waitpid(-1, &status, 0), 0);
    EXPECT_EQ(status, 0) << "it did not exit by itself";
}

TEST(ConfigReader, IsKilledIfItDoesNotExit)
{
    Reading reading{config("# stays")};
    ASSERT_TRUE(reading.reader().read());
    EXPECT_TRUE(reading.has_all_setups()) << reading.said();
    reading.reader().let_go();
    int status = -1;
    EXPECT_GT(::waitpid(-1, &status, 0), 0);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(ConfigReader, FailsIfItCannotBeExecuted)
{
    Reading reading{config(), "/dev/null"};
    EXPECT_FALSE(reading.reader().read());
    EXPECT_THAT(reading.said(), testing::EndsWith(") exited with status 127\n"));
}

TEST(ConfigReader, IsStoppedIfItsSetupsAreNotWanted)
{
    Reading reading{support::server_config() + "[@home]\ntoken = 0123456789abcdef\n", the_real_one()};
    ASSERT_TRUE(reading.reader().read());
    EXPECT_EQ(reading.said(), "");
    expect_no_child_left();
}

TEST(ConfigReader, PrintsEachErrorAtTheStart)
{
    Reading reading{"[server]\nport=1\nttl=x\n", the_real_one()};
    EXPECT_FALSE(reading.reader().read());
    EXPECT_TRUE(reading.reader().has_errors());
    EXPECT_THAT(reading.said(), AllOf(HasSubstr("\nn.conf:3:5: "), testing::StartsWith("n.conf:")));
    expect_no_child_left();
}

TEST(ConfigReader, LogsTheFirstErrorOfAReload)
{
    Reading reading{"[server]\nport=1\nttl=x\n", the_real_one(), true};
    EXPECT_FALSE(reading.reader().read());
    EXPECT_TRUE(reading.reader().has_errors());
    EXPECT_THAT(reading.said(),
                AllOf(HasSubstr("reload refused, the old configuration stays in force: n.conf:2:1: "),
                      HasSubstr(" more errors: nanodnsd -n shows them)\n"),
                      testing::Not(HasSubstr("n.conf:3:5"))));
}

TEST(ConfigReader, ReportsAConfigThatIsTooLong)
{
    Reading reading{std::string((64U << 20) + 1, '#'), the_real_one()};
    EXPECT_FALSE(reading.reader().read());
    EXPECT_FALSE(reading.reader().has_errors());
    EXPECT_EQ(reading.said(), "nanodnsd-reader: n.conf is longer than 67108864 bytes\n");
}

struct Odd {
    std::string first_line;
    std::string said;
};

class OddBeforeTheSetups : public testing::TestWithParam<Odd>
{
};

TEST_P(OddBeforeTheSetups, IsStoppedAndThatIsLogged)
{
    Reading reading{config("# " + GetParam().first_line)};
    EXPECT_FALSE(reading.reader().read());
    EXPECT_FALSE(reading.reader().has_errors());
    EXPECT_THAT(reading.said(),
                testing::ContainsRegex("^nanodnsd: reader \\(pid [0-9]+\\) " + GetParam().said + "\n$"));
    expect_no_child_left();
}

std::string name_of(const testing::TestParamInfo<Odd>& test)
{
    std::string name;
    bool begins = true;
    for (const char c : test.param.first_line) {
        if (c != ' ') {
            name += begins ? static_cast<char>(std::toupper(c)) : c;
        }
        begins = c == ' ';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Each, OddBeforeTheSetups,
                         testing::Values(Odd{"dies at once", "was killed by signal 6 \\(Aborted\\)"},
                                         Odd{"says nothing", "hangs: killing it"},
                                         Odd{"has no layers", "lacks required sandbox layers: seccomp"},
                                         Odd{"is ready twice", "sent an invalid message: killing it"},
                                         Odd{"says too much", "sent an invalid message: killing it"},
                                         Odd{"wants no worker", "sent an invalid message: killing it"},
                                         Odd{"wants too many workers",
                                             "sent an invalid message: killing it"}),
                         name_of);

class OddWithTheSetups : public testing::TestWithParam<Odd>
{
};

TEST_P(OddWithTheSetups, IsStoppedAndThatIsLogged)
{
    Reading reading{config("# " + GetParam().first_line)};
    ASSERT_TRUE(reading.reader().read());
    EXPECT_FALSE(reading.has_all_setups());
    EXPECT_FALSE(reading.reader().next(ipc::Role::keeper)) << "the reader has exited";
    EXPECT_THAT(reading.said(),
                testing::ContainsRegex("^nanodnsd: reader \\(pid [0-9]+\\) " + GetParam().said + "\n$"));
    expect_no_child_left();
}

INSTANTIATE_TEST_SUITE_P(
    Each, OddWithTheSetups,
    testing::Values(Odd{"dies before it makes the setups", "was killed by signal 6 \\(Aborted\\)"},
                    Odd{"dies before it has made all setups", "was killed by signal 6 \\(Aborted\\)"},
                    Odd{"stops before it has made all setups", "hangs: killing it"},
                    Odd{"leaves out the updater", "sent an invalid message: killing it"},
                    Odd{"ends before it makes the setups", "exited with status 0"},
                    Odd{"sends no memory", "sent no setup: killing it"},
                    Odd{"sends two descriptors", "sent an invalid message: killing it"},
                    Odd{"sends a descriptor with an empty record", "sent an invalid message: killing it"},
                    Odd{"can change a setup", "sent a setup that is not sealed: killing it"}),
    name_of);

} // namespace
