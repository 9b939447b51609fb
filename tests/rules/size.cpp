// Limits of size: the executables, and the memory of all processes together.
#include <array>
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "tests/rules/source_tree.h"
#include "tests/support/daemon.h"
#include "tests/support/memory_use.h"

namespace
{

using support::Daemon;
using support::MemoryUse;

constexpr std::array children = {"keeper", "updater", "responder"};
constexpr long most_kilobytes = 640;
constexpr long most_kilobytes_with_all_keys = 720; ///< prefixes, challenges and second tokens take 44 kB

std::string hundred_hosts()
{
    std::string text;
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i);
        text += "[@h" + number + "]\ntoken = secret-" + number + "\na = 192.0.2." + number +
                "\naaaa = 2001:db8::" + number + "\n";
    }
    return text;
}

void print(const std::string& name, const MemoryUse& use)
{
    std::printf("%-14s%6ld kB private and dirty %6ld kB proportional %6ld kB resident\n", name.c_str(),
                use.dirty, use.proportional, use.resident);
}

MemoryUse memory_of_all(Daemon& daemon)
{
    MemoryUse all = support::memory_use(daemon.process().pid());
    print("supervisor", all);
    const auto add = [&all](const std::string& name, pid_t pid) {
        const MemoryUse use = support::memory_use(pid);
        EXPECT_GT(use.dirty, 0);
        print(name, use);
        all += use;
    };
    for (const std::string child : children) {
        add(child, daemon.child(child).value());
    }
    print("all together", all);
    return all;
}

support::DaemonStart start(bool as_somebody)
{
    support::DaemonStart result;
    result.config = support::server_config() + hundred_hosts();
    if (as_somebody && ::geteuid() == 0) {
        result.before_exec = support::become_ordinary;
    }
    return result;
}

// privsep/fail.h
TEST(OutOfMemory, IsReportedInOneLine)
{
    const support::Folder folder;
    const std::string config = folder / "many_hosts.conf";
    std::ofstream out{config};
    out << support::server_config();
    for (int i = 0; i < 100000; ++i) {
        out << "[@h" << i << "]\ntoken = secret\n";
    }
    out.close();
    const rules::Run result =
        rules::run("ulimit -v 20000; exec '" + (rules::build_dir / "bin/nanodnsd").string() + "' -n -c '" +
                   config + "' 2>&1");
    EXPECT_EQ(result.output, "nanodnsd: out of memory\n");
    EXPECT_EQ(result.status, 1);
}

/// The page for people: the form, and ten hosts.
void show_pages(const Daemon& daemon)
{
    const auto ask = [&](const std::string& request) {
        const auto client = support::connect_tcp(daemon.http());
        support::send_all(client.get(), request);
        return support::receive_all(client.get());
    };
    for (int i = 0; i < 10; ++i) {
        const std::string number = std::to_string(i);
        const std::string form = "host=h" + number + "&token=secret-" + number + "&router=fritzbox";
        ASSERT_NE(ask("GET / HTTP/1.0\r\n\r\n").find("</html>"), std::string::npos);
        const std::string page =
            ask("POST / HTTP/1.0\r\nContent-Length: " + std::to_string(form.size()) + "\r\n\r\n" + form);
        ASSERT_NE(page.find("<dd>198.51.100.1</dd>"), std::string::npos) << page;
    }
}

/// `most`: in kB. `more`: of each update.
void expect_little_memory(const support::DaemonStart& start, long most, const std::string& more = "")
{
    Daemon daemon{start};
    EXPECT_EQ(daemon.children().size(), children.size()) << "without [control] and [metrics], no console";
    EXPECT_LE(memory_of_all(daemon).dirty, most) << "right after the start";

    for (int i = 0; i < 100; ++i) { // each host once, so that memory used by serving counts
        const std::string host = "h" + std::to_string(i) + ".dyn.example.org";
        const auto query =
            "hostname=" + host + "&token=secret-" + std::to_string(i) + "&ipv4=198.51.100.1" + more;
        ASSERT_EQ(daemon.update(query), "200 ok updated");
    }
    show_pages(daemon);
    const std::string page = "http://127.0.0.1:" + std::to_string(daemon.http()) + "/";
    EXPECT_NE(support::run({"curl", "-s", page}).output.find("<form"), std::string::npos);
    ASSERT_EQ(daemon.dig("h99.dyn.example.org", "A"), "198.51.100.1");
    ASSERT_EQ(daemon.dig("h99.dyn.example.org", "A", true), "198.51.100.1");
    EXPECT_LE(memory_of_all(daemon).dirty, most) << "after it has served";
}

class Memory : public testing::TestWithParam<bool>
{
};

TEST_P(Memory, OfAllProcessesWithAHundredHostsIsAtMost640Kilobytes)
{
    expect_little_memory(start(GetParam()), most_kilobytes);
}

// with prefixes, followers, groups, networks, challenges and proxies
TEST_P(Memory, IsAtMost720KilobytesWithAllKeysOfUpdateClients)
{
    support::DaemonStart all = start(GetParam());
    std::string hosts;
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i);
        hosts += "[@h" + number + "]\ntoken = secret-" + number + "\ntoken = another-" + number +
                 "\nsuffix = ::1\nacme = yes\nmissing = keep\nallow_private = client\n"
                 "allow_from = 127.0.0.0/8 192.0.2.0/24\n";
    }
    hosts += "[@nas]\nfollow = h0\nsuffix = ::2\nfollow_a = yes\n[group all]\ntoken = of-the-group\n"
             "hosts = h0 h1\nallow_from = 127.0.0.1\n";
    all.config = support::server_config("", "", "trusted_proxy = 192.0.2.1\n") + hosts;
    expect_little_memory(all, most_kilobytes_with_all_keys,
                         "&ip6lanprefix=2001:db8:1::/48&txt=" + std::string(43, 'x'));
}

INSTANTIATE_TEST_SUITE_P(All, Memory, testing::Bool(), [](const auto& test) {
    return test.param ? "AsAnOrdinaryUser" : "AsTheUserOfTheTest";
});

// The script has the bounds.
TEST(Size, OfOurOwnCodeStaysWithinItsBounds)
{
    const std::string script = (rules::source_dir / "contrib/sizes").string();
    const rules::Run sizes = rules::run("'" + script + "' '" + rules::build_dir.string() + "'");
    std::printf("%s", sizes.output.c_str());
    EXPECT_EQ(sizes.status, 0);
}

} // namespace
