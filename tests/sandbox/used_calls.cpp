// Every row of a list is used in a full run, except for rows marked as reserve.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/sandbox/call_counter.h"
#include "tests/sandbox/lists.h"
#include "tests/support/admin.h"
#include "tests/support/certificate.h"
#include "tests/support/daemon.h"

namespace
{

using privsep::Reserve;
using privsep::Syscall;
using privsep::UniqueFd;
using sandbox::CallCounter;
using support::Daemon;

const std::string query = std::string{"\0\1\0\0\0\1\0\0\0\0\0\0\4home\3dyn\7example\3org\0\0\1\0\1", 38};

/// For the control socket.
const support::Folder& folder_of_control()
{
    static const support::Folder folder;
    return folder;
}

/// `timeout`: of DNS over TCP and of HTTP, in seconds.
std::string config_with(const support::Certificate& certificate, int timeout)
{
    const std::string limits = "timeout = " + std::to_string(timeout) + "\nconnections = 250\n";
    return support::server_config("", limits, limits) + certificate.section() +
           "[control]\nsocket = " + (folder_of_control() / "control") + "\n[metrics]\nport = 0\n" +
           "[@home]\ntoken = secret\n[@brief]\ntoken = other\nexpire = 1\n";
}

/// The service manager's socket; the test does not read it.
class Manager
{
public:
    explicit Manager(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }

private:
    UniqueFd fd_;
};

void ask_and_half_close(std::uint16_t port, const std::string& message)
{
    const UniqueFd client = support::connect_tcp(port);
    support::send_all(client.get(), message);
    ::shutdown(client.get(), SHUT_WR);
    EXPECT_FALSE(support::receive_all(client.get()).empty());
}

std::string framed(const std::string& message)
{
    return std::string{'\0', static_cast<char>(message.size())} + message;
}

void ask(Daemon& daemon)
{
    daemon.dig("home.dyn.example.org", "A");
    daemon.dig("home.dyn.example.org", "A", true);
    ask_and_half_close(daemon.tcp(), framed(query));
}

void wait_for_the_deadline(std::uint16_t port)
{
    const UniqueFd idle = support::connect_tcp(port);
    EXPECT_EQ(support::receive_all(idle.get()), "");
}

/// A connection of DNS that has got an answer.
UniqueFd served_connection(Daemon& daemon)
{
    UniqueFd client = support::connect_tcp(daemon.tcp());
    support::send_all(client.get(), framed(query));
    EXPECT_TRUE(support::receive(client.get()));
    return client;
}

std::string get(const std::string& address)
{
    return "GET /api/update?hostname=home.dyn.example.org&token=secret&ipv4=" + address +
           " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
}

void update(Daemon& daemon)
{
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=wrong&ipv4=192.0.2.1").substr(0, 1), "4");
    EXPECT_EQ(daemon.update("hostname=brief.dyn.example.org&token=other&ipv4=192.0.2.1"), "200 ok updated");
    const std::string body = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.9";
    ask_and_half_close(
        daemon.http(),
        "POST /api/update HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(daemon.logs("its lifetime expired"));
}

void update_over_tls(Daemon& daemon, const support::Certificate& certificate)
{
    const std::string home = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";
    EXPECT_EQ(certificate.update(daemon.https(), home + "10", {"--tls-max", "1.2"}), "200 ok updated");
    EXPECT_EQ(certificate.update(daemon.https(), home + "11", {"--tlsv1.3"}), "200 ok updated");
    const UniqueFd client = support::connect_tcp(daemon.https());
    support::send_all(client.get(), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(support::receive_all(client.get()), "");
}

void administer(const Daemon& daemon)
{
    support::Admin client = support::greeted(folder_of_control() / "control");
    EXPECT_FALSE(client.ask(support::admin::AskStatus{}).empty());
    EXPECT_FALSE(client.ask(support::admin::AskHosts{}).empty());
    EXPECT_EQ(client.refusal_of(support::admin::SetVerbosity{ipc::Verbosity::details}), "");
    ask_and_half_close(daemon.metrics(), "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
}

/// Updates until a snapshot of the next generation is written.
void update_until_it_compacts(Daemon& daemon)
{
    const std::string other = daemon.state_path() + ".1";
    for (int i = 0; std::filesystem::file_size(other) == 0; ++i) {
        ASSERT_LT(i, 3000);
        ask_and_half_close(daemon.http(), get("192.0.2." + std::to_string(i % 200)));
        daemon.process().output(); // a full pipe would block it
    }
    ask_and_half_close(daemon.http(), get("192.0.2.222"));
}

/// Many connections at once, each in the middle of a request.
void crowd(std::uint16_t port, const std::string& begun)
{
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 150; ++i) {
        clients.push_back(support::connect_tcp(port));
        support::send_all(clients.back().get(), begun);
    }
    EXPECT_EQ(support::receive_all(clients.back().get()), ""); // until its deadline
}

void exercise(Daemon& daemon, const support::Certificate& certificate)
{
    ask(daemon);
    wait_for_the_deadline(daemon.tcp());
    update(daemon);
    update_over_tls(daemon, certificate);
    administer(daemon);
    update_until_it_compacts(daemon);
    crowd(daemon.http(), "GET /api/update?" + std::string(6000, 'a'));
    crowd(daemon.tcp(), "\x40" + std::string(6000, 'a'));
    daemon.process().signal(SIGUSR1);
    EXPECT_TRUE(daemon.logs("queries"));
    const std::size_t children = daemon.children().size();
    const UniqueFd open_over_the_reload = served_connection(daemon);
    daemon.configure("a config that its reader has something to say of");
    EXPECT_TRUE(daemon.reload("reload refused"));
    daemon.configure(config_with(certificate, 600)); // too long for a deadline to come before the stop
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(support::receive_all(open_over_the_reload.get()), "");
    EXPECT_TRUE(
        support::eventually([&] { return daemon.children().size() == children; })); // the old are gone
    ask(daemon);
    for (const char* child : {"keeper", "updater", "responder", "keyholder", "updater-tls", "console"}) {
        daemon.replace(child, SIGKILL);
    }
    update_over_tls(daemon, certificate);
    daemon.replace("updater", SIGSYS); // looks like a kill by the filter
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    administer(daemon);
    const UniqueFd open_over_the_stop = served_connection(daemon);
    EXPECT_EQ(daemon.stop(), 0);
}

class UsedCalls : public testing::Test
{
protected:
    static void SetUpTestSuite()
    {
        static support::Folder folder;
        static Manager manager{folder / "notify"};
        static const support::Folder memory{
            "/dev/shm"}; // a slow disk would keep updates from being stored in time
        static const support::Certificate certificate;
        counter = new CallCounter;
        support::DaemonStart start;
        start.config = config_with(certificate, 1);
        start.options = {"-vv"};
        start.environment = {"NOTIFY_SOCKET=" + (folder / "notify"), "WATCHDOG_USEC=300000"};
        start.before_exec = counter->before_exec();
        start.state_folder = memory.path();
        Daemon daemon{start};
        exercise(daemon, certificate);
        has_finished = counter->finish();
    }
    static void TearDownTestSuite()
    {
        delete counter;
        counter = nullptr;
    }

    static inline CallCounter* counter = nullptr;
    static inline bool has_finished = false;
};

/// The rows of `process` that were not used and are not marked as reserve. The supervisor kills a reader once
/// it has everything, possibly before the reader exits by itself (as it does in system/reader.cpp). The
/// keyholder logs only what a hostile updater-tls does (hostile_updater_tls.cpp).
std::set<std::string> unused(const CallCounter& counter, const std::string& process)
{
    std::set<std::string> used = counter.used(process);
    if (process == "reader") {
        used.insert("exit_group");
    }
    if (process == "keyholder") {
        used.insert("write (argument 0 & ffffffff) == 2");
    }
    std::set<std::string> result;
    for (const Syscall& row : sandbox::list_of(process)) {
        if (row.reserve == Reserve::none && !used.contains(sandbox::to_text(row))) {
            result.insert(sandbox::to_text(row));
        }
    }
    return result;
}

std::string joined(const std::set<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

// no list allows a call that a full run never makes, except for rows marked as reserve
TEST_F(UsedCalls, AreAllThatTheListsHaveExceptTheReserve)
{
    ASSERT_TRUE(has_finished);
    for (const char* process : CallCounter::processes) {
        EXPECT_EQ(joined(unused(*counter, process)), "") << process;
    }
}

TEST_F(UsedCalls, AreAllOnTheLists)
{
    for (const char* process : CallCounter::processes) {
        EXPECT_TRUE(counter->strangers(process).empty()) << process;
        EXPECT_GT(counter->used(process).size(), 10U) << process << " was not watched";
    }
}

} // namespace
