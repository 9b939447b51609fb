// A reload whose reader dies at different moments: the old configuration stays in force.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;

/// The build's executables, with the odd reader in place of the real one.
const std::string& odd_installation()
{
    static const support::Folder folder;
    static const bool copied = [] {
        std::filesystem::copy(support::installation(), folder.path(),
                              std::filesystem::copy_options::recursive);
        const std::string reader = folder / "libexec/nanodnsd/reader";
        std::filesystem::copy_file(ODD_READER, reader, std::filesystem::copy_options::overwrite_existing);
        for (const char* name : {"libexec/nanodnsd/reader", "libexec/nanodnsd", "libexec", "bin"}) {
            ::chmod((folder / name).c_str(), 0755);
        }
        return true;
    }();
    static_cast<void>(copied);
    return folder.path();
}

/// A config. The tests start with two addresses to listen on and reload with one.
std::string config(const std::string& first_line, const std::string& listen, const std::string& more_hosts)
{
    return first_line + "\n[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n" +
           "email=host.master@example.org\nlisten=" + listen +
           "\n[udp]\nport=0\n[tcp]\nport=0\n[http]\nport=0\nlisten=127.0.0.1\n" + support::sample_hosts() +
           more_hosts;
}

void expect_at_work(Daemon& daemon, const std::string& address)
{
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=" + address), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), address);
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A", true), address);
}

class OddReload : public testing::TestWithParam<const char*>
{
};

TEST_P(OddReload, IsRefusedAndTheNextOneIsNot)
{
    const std::string both = "127.0.0.1 127.0.0.2";
    Daemon daemon{{.config = config("", both, ""), .installed_in = odd_installation()}};
    const auto before = daemon.children();
    const std::string more = "[@more]\na=192.0.2.81\n";
    daemon.configure(config(GetParam(), "127.0.0.1", more));
    ASSERT_TRUE(daemon.reload(
        "reload refused, the old configuration stays in force: the new configuration could not be used"))
        << daemon.process().output();
    const auto until = std::chrono::steady_clock::now() + support::patience;
    while (daemon.children() != before) { // the old children serve, and the new ones have exited
        ASSERT_LT(std::chrono::steady_clock::now(), until) << daemon.process().output();
    }
    EXPECT_EQ(daemon.process().output().find("the supervisor is gone"), std::string::npos)
        << "the supervisor did not stop the new responders";
    expect_at_work(daemon, "192.0.2.1");
    EXPECT_EQ(daemon.dig("more.dyn.example.org", "A"), "");
    const auto other = support::connect_tcp(daemon.tcp(), "127.0.0.2"); // the refused config lacks it
    support::send_all(other.get(), std::string{"\0", 1});

    daemon.replace("responder", SIGKILL); // the next one gets the old sockets and channels
    expect_at_work(daemon, "192.0.2.2");

    daemon.configure(config("", "127.0.0.1", more));
    ASSERT_TRUE(daemon.reload()) << daemon.process().output();
    expect_at_work(daemon, "192.0.2.3");
    EXPECT_EQ(daemon.dig("more.dyn.example.org", "A"), "192.0.2.81");
    EXPECT_EQ(daemon.stop(), 0);
}

std::string first_line_of(const testing::TestParamInfo<const char*>& test)
{
    std::string name;
    for (const char c : std::string{test.param}) {
        name += std::isalpha(c) != 0 ? c : '_';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Each, OddReload,
                         testing::Values("# dies at once", "# dies before it makes the setups",
                                         "# dies before it has made all setups", "# leaves out the updater",
                                         "# wants no worker", "# sends two descriptors",
                                         "# sends a descriptor with an empty record"),
                         first_line_of);

class OddDescriptors : public testing::TestWithParam<const char*>
{
};

TEST_P(OddDescriptors, DoNotStayInTheSupervisor)
{
    Daemon daemon{{.config = config("", "127.0.0.1", ""), .installed_in = odd_installation()}};
    const std::filesystem::path folder = "/proc/" + std::to_string(daemon.process().pid()) + "/fd";
    const auto count = [&folder] { return std::distance(std::filesystem::directory_iterator{folder}, {}); };
    const auto children = daemon.children();
    const auto before = count();
    daemon.configure(config(GetParam(), "127.0.0.1", ""));
    for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(daemon.reload("sent an invalid message: killing it"));
    }
    EXPECT_TRUE(support::eventually([&] { return daemon.children() == children && count() == before; }))
        << before << " became " << count();
}

INSTANTIATE_TEST_SUITE_P(Each, OddDescriptors,
                         testing::Values("# sends two descriptors",
                                         "# sends a descriptor with an empty record"),
                         first_line_of);

// If the test runs as root, the reader runs as another user then.
TEST(OddStart, ContinuesIfTheReaderDoesNotExit)
{
    Daemon daemon{{.config = config("# stays", "127.0.0.1", ""), .installed_in = odd_installation()}};
    EXPECT_TRUE(support::eventually([&daemon] { return daemon.all_children().size() == 3; }));
    expect_at_work(daemon, "192.0.2.1");
}

TEST(OddStart, ExitsWithAnError)
{
    Daemon daemon{{.config = config("# dies before it has made all setups", "127.0.0.1", ""),
                   .installed_in = odd_installation(),
                   .wait_until_it_serves = false}};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr(" was killed by signal 6 (Aborted)\n"));
}

} // namespace
