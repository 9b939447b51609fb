// The control socket of the real daemon: what an administrator sees and may do.
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/admin.h"
#include "tests/support/certificate.h"
#include "tests/support/daemon.h"
#include "tests/support/memory_use.h"

namespace
{

using support::Admin;
using support::Daemon;
using support::whole_name;
using testing::HasSubstr;
namespace admin = ipc::admin;

/// In a folder of its own, since the config of a reload names it again.
class Control : public testing::Test
{
protected:
    std::string config(const std::string& more = "") const
    {
        return support::server_config() + "[control]\nsocket = " + path_ + "\n" + more +
               support::sample_hosts();
    }
    support::DaemonStart with_socket(const std::string& more = "") const { return {.config = config(more)}; }
    Admin client() const { return support::greeted(path_); }
    static std::vector<admin::StatusProcess> processes(Admin& client, const std::string& name)
    {
        auto all = client.ask_for<admin::StatusProcess>(admin::AskStatus{});
        std::erase_if(all, [&](const admin::StatusProcess& one) { return one.name != name; });
        return all;
    }

    support::Folder folder_;
    const std::string path_ = folder_ / "control";
};

TEST_F(Control, HasNoConsoleWithoutIt)
{
    Daemon daemon;
    EXPECT_FALSE(daemon.child("console"));
    EXPECT_EQ(daemon.children().size(), 3U);
}

TEST_F(Control, ShowsTheDaemonItsSocketsAndItsProcesses)
{
    Daemon daemon{with_socket()};
    Admin admin = client();
    const auto status = admin.ask(admin::AskStatus{});
    const auto* head = std::get_if<admin::StatusDaemon>(&status.front());
    ASSERT_NE(head, nullptr);
    EXPECT_EQ(head->config, daemon.config_path());
    EXPECT_GE(head->config_read, head->up_since);
    EXPECT_EQ(head->hosts, 2U) << "printer is static";
    const auto sockets = admin.ask_for<admin::StatusSocket>(admin::AskStatus{});
    EXPECT_THAT(sockets, testing::Contains(testing::Truly([&](const admin::StatusSocket& one) {
                    return one.socket == admin::Socket::dns_udp && one.port == daemon.udp();
                })));
    EXPECT_THAT(sockets, testing::Contains(testing::Truly([](const admin::StatusSocket& one) {
                    return one.socket == admin::Socket::control && one.port == 0;
                })));
    for (const std::string name : {"keeper", "updater", "responder", "console"}) {
        const auto found = processes(admin, name);
        ASSERT_EQ(found.size(), 1U) << name;
        EXPECT_EQ(found.front().pid, static_cast<std::uint32_t>(daemon.child(name).value()));
        EXPECT_EQ(found.front().restarts, 0U);
    }
    const auto supervisor = processes(admin, "supervisor");
    ASSERT_EQ(supervisor.size(), 1U);
    EXPECT_FALSE(supervisor.front().restarts);
}

// A reload starts all children again, which is no restart.
TEST_F(Control, CountsRestartsOverReloads)
{
    Daemon daemon{with_socket()};
    daemon.replace("keeper", SIGKILL);
    Admin before = client();
    EXPECT_EQ(processes(before, "keeper").at(0).restarts, 1U);
    ASSERT_TRUE(daemon.reload());
    Admin after = client();
    EXPECT_EQ(processes(after, "keeper").at(0).restarts, 1U);
    EXPECT_EQ(processes(after, "responder").at(0).restarts, 0U);
}

TEST_F(Control, ServesAgainAfterTheConsoleWasKilled)
{
    Daemon daemon{with_socket()};
    Admin before = client();
    daemon.replace("console", SIGKILL);
    EXPECT_TRUE(before.is_closed());
    Admin after = client();
    EXPECT_EQ(processes(after, "console").at(0).restarts, 1U);
    daemon.replace("keeper", SIGKILL);
    EXPECT_EQ(after.ask_for<admin::StatusDaemon>(admin::AskStatus{}).size(), 1U);
}

TEST_F(Control, ShowsEachHostAndWhoUpdatedIt)
{
    Daemon daemon{with_socket()};
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    Admin admin = client();
    const auto rows = admin.ask_for<admin::HostRow>(admin::AskHosts{});
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].name.to_text(), "home.dyn.example.org.");
    EXPECT_EQ(rows[0].a, std::vector{*base::parse_address4("192.0.2.1")});
    EXPECT_EQ(rows[0].dialect, "api");
    EXPECT_TRUE(rows[0].expires);
    EXPECT_TRUE(rows[1].a.empty());
    EXPECT_EQ(rows[2].kind, admin::HostKind::fixed);
    EXPECT_EQ(rows[2].a.size(), 1U);
    EXPECT_EQ(admin.ask_for<admin::HostRow>(admin::AskHosts{"pr*", admin::Filter::all}).size(), 1U);
    EXPECT_EQ(admin.ask_for<admin::HostRow>(admin::AskHost{whole_name("office")}).size(), 1U);
    EXPECT_EQ(admin.refusal_of(admin::AskHost{whole_name("shed")}), "there is no host shed");
}

TEST_F(Control, SetsAndClearsAHost)
{
    Daemon daemon{with_socket()};
    Admin admin = client();
    const auto set = admin.ask_for<admin::Outcome>(
        admin::Set{whole_name("home"), *base::parse_address4("192.0.2.9"), std::nullopt});
    ASSERT_EQ(set.size(), 1U);
    EXPECT_TRUE(set.front().changed);
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.9");
    const std::string uid = std::to_string(::getuid());
    EXPECT_TRUE(daemon.logs("by an administrator, uid " + uid)) << daemon.process().output();
    EXPECT_EQ(admin.ask_for<admin::Outcome>(admin::Clear{whole_name("home"), true, true, false}).size(), 1U);
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "");
    EXPECT_THAT(admin.refusal_of(admin::Clear{whole_name("printer"), true, false, false}),
                HasSubstr("printer is static"));
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
}

TEST_F(Control, WatchesChanges)
{
    Daemon daemon{with_socket()};
    Admin admin = client();
    const auto done = admin.ask_for<admin::Done>(admin::AskHosts{});
    ASSERT_EQ(done.size(), 1U);
    ASSERT_TRUE(done.front().place);
    admin.send(admin::Watch{{}, *done.front().place});
    const auto begun = admin.hear();
    ASSERT_TRUE(begun && std::holds_alternative<admin::Watching>(*begun));
    for (const std::string address : {"192.0.2.1", "192.0.2.2"}) {
        ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=" + address),
                  "200 ok updated");
        const auto changed = admin.hear();
        ASSERT_TRUE(changed);
        const auto* change = std::get_if<admin::Changed>(&*changed);
        ASSERT_NE(change, nullptr);
        EXPECT_EQ(change->now.a, base::parse_address4(address));
        EXPECT_EQ(change->by, "api");
    }
    daemon.replace("keeper", SIGKILL);
    const auto lost = admin.hear();
    ASSERT_TRUE(lost && std::holds_alternative<admin::Refusal>(*lost));
    EXPECT_EQ(std::get<admin::Refusal>(*lost).reason, admin::Refused::place_is_gone);
}

TEST_F(Control, ReloadsAndTellsTheOutcome)
{
    Daemon daemon{with_socket()};
    daemon.configure(config() + "[@new]\na = 192.0.2.99\n");
    {
        Admin admin = client();
        EXPECT_EQ(admin.refusal_of(admin::Reload{}), "");
        EXPECT_TRUE(admin.is_closed()) << "its console exits, and accepts nobody any more";
    }
    Admin admin = client(); // the next console serves when the new zone is there
    EXPECT_EQ(admin.ask_for<admin::HostRow>(admin::AskHost{whole_name("new")}).size(), 1U);
    EXPECT_TRUE(daemon.logs("an administrator, uid " + std::to_string(::getuid()) + " asks for a reload"));
    ASSERT_TRUE(daemon.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(daemon.dig("new.dyn.example.org", "A"), "192.0.2.99");
    daemon.configure(config() + "[@new]\na = nothing\n");
    const std::string refusal = admin.refusal_of(admin::Reload{});
    EXPECT_THAT(refusal, HasSubstr("a: found nothing")) << refusal;
    EXPECT_TRUE(daemon.logs("reload refused")) << "the log has it, too";
    daemon.configure(support::server_config() + "[control]\nsocket = /elsewhere\n" + support::sample_hosts());
    EXPECT_EQ(admin.refusal_of(admin::Reload{}), "another control socket or its group needs a restart");
    daemon.configure(config());
    EXPECT_EQ(admin.refusal_of(admin::Reload{}), "");
}

TEST_F(Control, LimitsReloads)
{
    Daemon daemon{with_socket()};
    daemon.configure("nothing");
    Admin admin = client();
    std::string last;
    for (int i = 0; i < 20 && !last.starts_with("there were too many reloads"); ++i) {
        last = admin.refusal_of(admin::Reload{});
    }
    EXPECT_EQ(last, "there were too many reloads: try again in 10 seconds");
}

// Also for children that are started afterwards, with setups that are older.
TEST_F(Control, SetsTheVerbosity)
{
    support::DaemonStart start = with_socket();
    start.options = {};
    Daemon daemon{start};
    daemon.dig("printer.dyn.example.org", "A");
    Admin admin = client();
    EXPECT_EQ(admin.refusal_of(admin::SetVerbosity{ipc::Verbosity::details}), "");
    ASSERT_TRUE(support::eventually([&] {
        daemon.dig("home.dyn.example.org", "AAAA");
        return daemon.process().output().find("home.dyn.example.org. AAAA") != std::string::npos;
    })) << daemon.process().output();
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("printer.dyn.example.org. A ")));
    daemon.replace("responder", SIGKILL);
    ASSERT_TRUE(support::eventually([&] {
        daemon.dig("office.dyn.example.org", "AAAA");
        return daemon.process().output().find("office.dyn.example.org. AAAA") != std::string::npos;
    }));
    EXPECT_EQ(admin.refusal_of(admin::SetVerbosity{ipc::Verbosity::normal}), "");
}

TEST_F(Control, IsTakenOverFromADaemonThatWasKilled)
{
    Daemon daemon{with_socket()};
    daemon.kill_all();
    struct stat about {
    };
    ASSERT_EQ(::stat(path_.c_str(), &about), 0);
    daemon.start();
    EXPECT_TRUE(client().send(admin::AskStatus{}));
}

TEST_F(Control, IsNotTakenFromADaemonThatServesIt)
{
    Daemon daemon{with_socket()};
    support::DaemonStart second = with_socket();
    second.wait_until_it_serves = false;
    Daemon other{second};
    EXPECT_TRUE(other.logs("cannot listen on " + path_ + ": nanodnsd (pid " +
                           std::to_string(daemon.process().pid()) + ") serves it"))
        << other.process().output();
    EXPECT_TRUE(client().send(admin::AskStatus{}));
}

std::string memory_of_console(pid_t pid)
{
    std::string all;
    const privsep::UniqueFd memory{
        ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC)};
    EXPECT_TRUE(static_cast<bool>(memory)) << "this test needs to be root";
    std::istringstream maps{support::read_proc(pid, "maps")};
    for (std::string line; std::getline(maps, line);) {
        std::size_t dash = 0;
        const std::uint64_t begin = std::stoull(line, &dash, 16);
        const std::uint64_t end = std::stoull(line.substr(dash + 1), nullptr, 16);
        std::string bytes(end - begin, '\0');
        const ssize_t size = ::pread64(memory.get(), bytes.data(), bytes.size(), static_cast<off64_t>(begin));
        all.append(bytes, 0, size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return all;
}

TEST_F(Control, HasNoSecretInTheMemoryOfItsConsole)
{
    const std::string token = "aTokenThatIsLongEnoughToBeFound";
    const std::string cookie_secret = "6b1f0e9ad47c25838fb3a1d2e5906c74";
    const std::string its_bytes = "\x6B\x1F\x0E\x9A\xD4\x7C\x25\x83";
    const std::string hash = "cclkPVSpQRcrfRLg8UXSorABi1hjrDgCClDUm6DjaS0vb+2urepqKCRe1pGKwTvu";
    const std::string digest = "\x2B\x7D\x12\xE0\xF1\x45\xD2\xA2\xB0\x01\x8B\x58"; // a part of it
    const support::Certificate certificate;
    support::DaemonStart start{.config = support::server_config("cookie_secret = " + cookie_secret + "\n") +
                                         "[control]\nsocket = " + path_ + "\n[metrics]\nport = 0\n" +
                                         certificate.section() + support::sample_hosts() +
                                         "[@mine]\ntoken = " + token + "\n[@other]\ntoken_hash = {SSHA256}" +
                                         hash + "\n"};
    Daemon daemon{start};
    Admin admin = client();
    const std::string query = "hostname=mine.dyn.example.org&ipv4=192.0.2.1&token=" + token;
    ASSERT_EQ(daemon.update(query), "200 ok updated");
    EXPECT_EQ(certificate.update(daemon.https(), query), "200 ok unchanged");
    EXPECT_EQ(daemon.update(query + "x").substr(0, 1), "4");
    EXPECT_EQ(admin.ask_for<admin::HostRow>(admin::AskHosts{}).size(), 5U);
    const std::string memory = memory_of_console(daemon.child("console").value());
    EXPECT_NE(memory.find("/nanodnsd.conf"), std::string::npos) << "the search finds what is there";
    const std::string key = support::read_file(certificate.key());
    const std::string a_line_of_it = key.substr(key.find('\n') + 1, 40);
    for (const std::string& secret : {token, cookie_secret, its_bytes, hash, digest, a_line_of_it}) {
        EXPECT_EQ(memory.find(secret), std::string::npos) << secret;
    }
}

TEST_F(Control, ShowsWhenTheCertificateExpires)
{
    const support::Certificate certificate;
    Daemon daemon{with_socket(certificate.section())};
    Admin admin = client();
    const auto found = admin.ask_for<admin::StatusCertificate>(admin::AskStatus{});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().name.to_text(), "ns.example.org.");
    const std::string end = support::run({"sh", "-c",
                                          "date +%s -d \"$(openssl x509 -noout -enddate -in " +
                                              certificate.chain() + " | cut -d= -f2)\""})
                                .output;
    EXPECT_EQ(std::to_string(found.front().expires.time_since_epoch().count()) + "\n", end);
}

// At 100 hosts, with as many clients as there may be. The sealed setup, which it reads for each answer, is
// not private.
TEST_F(Control, NeedsAtMost160KilobytesForItsConsole)
{
    std::string hosts;
    for (int i = 0; i < 100; ++i) {
        hosts += "[@h" + std::to_string(i) + "]\ntoken = secret-" + std::to_string(i) + "\n";
    }
    support::DaemonStart start = with_socket("[metrics]\nport = 0\n");
    start.config += hosts;
    Daemon daemon{start};
    std::vector<Admin> clients;
    for (int i = 0; i < 16; ++i) {
        clients.push_back(client());
        EXPECT_EQ(clients.back().ask_for<admin::HostRow>(admin::AskHosts{}).size(), 103U);
        EXPECT_EQ(clients.back().ask_for<admin::StatusDaemon>(admin::AskStatus{}).size(), 1U);
        if (i % 2 == 0) {
            const auto done = clients.back().ask_for<admin::Done>(admin::AskCounters{});
            EXPECT_EQ(done.size(), 1U);
            const auto place = clients.back().ask_for<admin::Done>(admin::AskHosts{"h0", admin::Filter::all});
            clients.back().send(admin::Watch{{}, place.front().place.value()});
        }
    }
    for (int i = 0; i < 100; ++i) {
        const std::string number = std::to_string(i);
        ASSERT_EQ(
            daemon.update("hostname=h" + number + ".dyn.example.org&ipv4=192.0.2.1&token=secret-" + number),
            "200 ok updated");
    }
    // as many scrapes at the same time as there may be: no reply stays in memory after it is sent
    std::vector<privsep::UniqueFd> scrapes;
    for (int i = 0; i < 8; ++i) {
        scrapes.push_back(support::connect_tcp(daemon.metrics()));
        support::send_all(scrapes.back().get(), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (const privsep::UniqueFd& scrape : scrapes) {
        EXPECT_THAT(support::receive_all(scrape.get()), HasSubstr("nanodnsd_serial "));
    }
    const long used = support::memory_use(daemon.child("console").value()).dirty;
    std::printf("console: %ld kB private and dirty\n", used);
    EXPECT_LE(used, 160);
}

class Metrics : public Control
{
};

TEST_F(Metrics, AreServedInThePrometheusFormat)
{
    Daemon daemon{{.config = support::server_config() + "[metrics]\nport = 0\n" + support::sample_hosts()}};
    const std::string server = "http://127.0.0.1:" + std::to_string(daemon.metrics());
    const std::string text = support::run({"curl", "-s", "-i", server + "/metrics"}).output;
    EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; version=0.0.4"));
    EXPECT_THAT(text, HasSubstr("\nnanodnsd_build_info{version=\""));
    EXPECT_THAT(text, HasSubstr("\nnanodnsd_hosts{state=\"none\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("\nnanodnsd_process_restarts_total{process=\"keeper\"} 0\n"));
    const auto status = [&](const std::vector<std::string>& more) {
        std::vector<std::string> command{"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"};
        command.insert(command.end(), more.begin(), more.end());
        return support::run(command).output;
    };
    EXPECT_EQ(status({server + "/"}), "404");
    EXPECT_EQ(status({server + "/metrics/"}), "404");
    EXPECT_EQ(status({"-d", "a=b", server + "/metrics"}), "405");
    EXPECT_EQ(status({"-I", server + "/metrics"}), "200");
    daemon.replace("keeper", SIGKILL);
    EXPECT_THAT(support::run({"curl", "-s", server + "/metrics"}).output,
                HasSubstr("\nnanodnsd_process_restarts_total{process=\"keeper\"} 1\n"));
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(status({server + "/metrics"}), "200");
}

} // namespace
