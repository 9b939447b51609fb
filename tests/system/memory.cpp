// No process holds a token or a cookie secret longer than it needs it: the test reads all memory, as a
// debugger.
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::ElementsAre;
using testing::IsEmpty;

// The search is for three parts of each secret, so that it finds a secret that is half overwritten.
const std::string configured_token = "kx7Qm2Zr9WtB4LpVnC8sYd"; // the valid one of home
const std::string wrong_token = "gH5jTe3XuA6oRzKw1MfNbQ";
const std::string secret_digits = "c3a91f5e7b2d48069ae4d1780c6f3b52";
const std::string secret_bytes = "\xC3\xA9\x1F\x5E\x7B\x2D\x48\x06\x9A\xE4\xD1\x78\x0C\x6F\x3B\x52";

std::vector<std::string> parts(const std::string& secret)
{
    const std::size_t half = secret.size() / 2;
    return {secret.substr(0, half), secret.substr(half / 2, half), secret.substr(secret.size() - half)};
}

bool contains_any(const std::string& text, const std::string& secret)
{
    const auto wanted = parts(secret);
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const std::string& part) { return text.find(part) != std::string::npos; });
}

/// The bytes of each readable mapping of the process: heap, stack, data, freed memory.
std::map<std::string, std::string> memory_of(pid_t pid)
{
    std::map<std::string, std::string> regions;
    const std::string folder = "/proc/" + std::to_string(pid);
    const privsep::UniqueFd memory{::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC)};
    EXPECT_TRUE(static_cast<bool>(memory)) << "this test needs to be root";
    std::istringstream maps{support::read_proc(pid, "maps")};
    for (std::string line; std::getline(maps, line);) {
        std::size_t dash = 0;
        const std::uint64_t begin = std::stoull(line, &dash, 16);
        const std::uint64_t end = std::stoull(line.substr(dash + 1), nullptr, 16);
        std::string bytes(end - begin, '\0');
        const ssize_t size = ::pread64(memory.get(), bytes.data(), bytes.size(), static_cast<off64_t>(begin));
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0); // [vvar] cannot be read
        regions[line] = bytes;
    }
    return regions;
}

std::vector<pid_t> processes(Daemon& daemon)
{
    std::vector<pid_t> all{daemon.process().pid()};
    for (const char* name : {"keeper", "updater", "responder"}) {
        all.push_back(daemon.child(name).value());
    }
    return all;
}

/// "process: mapping" for each place in memory, environment or arguments that has the secret.
std::vector<std::string> holders(Daemon& daemon, const std::string& secret)
{
    std::vector<std::string> found;
    for (const pid_t pid : processes(daemon)) {
        std::string name = support::read_proc(pid, "comm");
        name.pop_back();
        auto places = memory_of(pid);
        EXPECT_GT(places.size(), 10U);
        for (const char* file : {"environ", "cmdline", "status", "stack"}) {
            places[file] = support::read_proc(pid, file);
        }
        for (const auto& [place, bytes] : places) {
            if (contains_any(bytes, secret)) {
                found.push_back(name + ": " + place);
            }
        }
    }
    return found;
}

/// The names of the processes in the result of holders().
std::vector<std::string> names_of(const std::vector<std::string>& holders)
{
    std::vector<std::string> names;
    for (const std::string& holder : holders) {
        const std::string name = holder.substr(0, holder.find(':'));
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

DaemonStart with_secrets(const std::string& of_http = "timeout = 30s\n")
{
    DaemonStart start;
    start.config = support::server_config("cookie_secret = " + secret_digits + "\n", "", of_http);
    for (int i = 0; i < 300; ++i) { // enough hosts that buffers grow during the parse
        start.config +=
            "[@h" + std::to_string(i) + "]\ntoken = " + configured_token + std::to_string(i) + "\n";
    }
    start.config += "[@home]\ntoken = " + configured_token + "\n";
    start.options = {"-vv"};
    return start;
}

std::string request(const std::string& token)
{
    const std::string body = "hostname=home.dyn.example.org&ipv4=192.0.2.7&ipv6=2001:db8::7&token=" + token;
    return "POST /api/update HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

/// Of the page for people. `button`: show, set or clear.
std::string form(const std::string& token, const std::string& button)
{
    const std::string body = "host=home&router=fritzbox&do=" + button + "&token=" + token;
    return "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Memory : public testing::Test
{
protected:
    void expect_no_token()
    {
        EXPECT_THAT(holders(daemon_, configured_token), IsEmpty());
        EXPECT_THAT(holders(daemon_, wrong_token), IsEmpty());
    }
    /// Sends requests, whole or in pieces, with the token in the query or in the body.
    void update_in_many_ways(const std::string& token)
    {
        const std::string query = "hostname=home.dyn.example.org&ipv4=192.0.2.7&token=" + token;
        daemon_.update(query);
        daemon_.update("filler=" + std::string(6000, 'x') + '&' + query);
        for (const std::size_t size : {1U, 7U, 100U}) {
            const auto client = support::connect_tcp(daemon_.http());
            const std::string bytes = request(token);
            for (std::size_t at = 0; at < bytes.size(); at += size) {
                support::send_all(client.get(), bytes.substr(at, size));
            }
            support::receive_all(client.get());
        }
        for (const char* button : {"show", "set", "clear", "unknown"}) {
            const auto client = support::connect_tcp(daemon_.http());
            support::send_all(client.get(), form(token, button));
            EXPECT_THAT(support::receive_all(client.get()), testing::HasSubstr("</html>"));
        }
    }

    /// Waits until the last old process has exited.
    void reload()
    {
        const pid_t old = daemon_.child("responder").value();
        ASSERT_TRUE(daemon_.reload());
        ASSERT_TRUE(support::eventually([&] { return ::kill(old, 0) != 0; }));
    }

    Daemon daemon_{with_secrets()};
};

TEST_F(Memory, HasNoTokenOfTheConfigWhenTheDaemonServes)
{
    EXPECT_THAT(holders(daemon_, configured_token), IsEmpty());
    reload();
    EXPECT_THAT(holders(daemon_, configured_token), IsEmpty());
}

// The new config is released long before the reload is done: a client of the old updater may delay that.
TEST_F(Memory, HasNoTokenOfTheConfigDuringALongReload)
{
    const auto client = support::connect_tcp(daemon_.http());
    support::send_all(client.get(), "GET /api/update?");
    daemon_.update("");                                        // the other client is accepted before this one
    daemon_.configure(with_secrets("timeout = 29s\n").config); // changes the setup of the updater
    daemon_.process().signal(SIGHUP);
    ASSERT_TRUE(support::eventually([&] { return daemon_.all_of("responder").size() == 2; }));
    EXPECT_TRUE(support::eventually([&] { return holders(daemon_, configured_token).empty(); }));
    EXPECT_EQ(daemon_.all_of("responder").size(), 2U) << "the old responder has exited already";
}

TEST_F(Memory, HasNoTokenOfARequestAfterTheReply)
{
    update_in_many_ways(configured_token);
    update_in_many_ways(wrong_token);
    expect_no_token();
}

// This also proves that the search finds a token.
TEST_F(Memory, HasATokenOnlyInTheUpdaterDuringItsRequest)
{
    const auto client = support::connect_tcp(daemon_.http());
    const std::string bytes = request(wrong_token);
    support::send_all(client.get(), bytes.substr(0, bytes.size() - 1));
    EXPECT_TRUE(support::eventually([&] { return !holders(daemon_, wrong_token).empty(); }));
    EXPECT_THAT(names_of(holders(daemon_, wrong_token)), ElementsAre("nanodnsd-update"));
    support::send_all(client.get(), bytes.substr(bytes.size() - 1));
    EXPECT_THAT(support::receive_all(client.get()), testing::HasSubstr("forbidden"));
    expect_no_token();
}

TEST_F(Memory, HasNoTokenOfAClientThatDisconnectsOrSendsABadRequest)
{
    for (const std::string piece : {"", "&token=%zz", "&novalue", "&ipv4=x"}) {
        daemon_.update("hostname=home.dyn.example.org&token=" + wrong_token + piece);
    }
    for (const std::string& text : std::vector<std::string>{
             "GET /api/update?hostname=a&token=" + wrong_token, wrong_token + " \r\n\r\n",
             "POST /api/update HTTP/1.1\r\nContent-Length: 999\r\n\r\ntoken=" + wrong_token,
             "GET /elsewhere?token=" + wrong_token + " HTTP/1.1\r\n\r\n",
             "POST /api/update HTTP/1.1\r\nContent-Length: 6\r\n\r\ntoken=" + wrong_token}) {
        const auto client = support::connect_tcp(daemon_.http());
        support::send_all(client.get(), text);
        ::shutdown(client.get(), SHUT_WR);
        support::receive_all(client.get());
    }
    expect_no_token();
}

TEST_F(Memory, HasNoTokenAfterRestarts)
{
    update_in_many_ways(configured_token);
    for (const char* name : {"keeper", "updater", "responder"}) {
        daemon_.replace(name, SIGKILL);
    }
    update_in_many_ways(configured_token);
    expect_no_token();
}

// It is also in the responders' memfds, which no process has mapped.
TEST_F(Memory, HasTheCookieSecretOnlyInTheResponder)
{
    const auto check = [&] {
        const auto found = holders(daemon_, secret_bytes);
        EXPECT_THAT(names_of(found), ElementsAre("nanodnsd-respon")) << testing::PrintToString(found);
        EXPECT_THAT(holders(daemon_, secret_digits), IsEmpty());
    };
    check();
    reload();
    check();
}

TEST_F(Memory, OnDiskHasNoSecretExceptInTheConfig)
{
    update_in_many_ways(configured_token);
    update_in_many_ways(wrong_token);
    reload();
    daemon_.stop();
    EXPECT_THAT(daemon_.process().output(), testing::HasSubstr("home.dyn.example.org"));
    std::map<std::string, std::string> places{{"the log", daemon_.process().output()}};
    for (const auto& entry : std::filesystem::recursive_directory_iterator{daemon_.folder().path()}) {
        const std::string path = entry.path().string();
        if (entry.is_regular_file() && path != daemon_.config_path()) {
            places[path] = support::read_file(path);
        }
    }
    EXPECT_GE(places.size(), 3U);
    for (const auto& [place, text] : places) {
        for (const std::string& secret : {configured_token, wrong_token, secret_digits, secret_bytes}) {
            EXPECT_FALSE(contains_any(text, secret)) << place;
        }
    }
}

} // namespace
