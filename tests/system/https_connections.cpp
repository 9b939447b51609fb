// Open connections of HTTPS, while the keyholder is away and at a reload; clients behind a proxy.
#include <csignal>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "tests/system/https_fixture.h"

namespace https_test
{

/// `openssl s_client`, whose handshake is finished. It sends what the test writes.
class OpenConnection
{
public:
    OpenConnection(const Daemon& daemon, const std::string& options)
    {
        EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
        input_ = privsep::UniqueFd{::open(path_.c_str(), O_RDWR | O_CLOEXEC)};
        client_.emplace(support::Start{{"sh", "-c",
                                        "exec openssl s_client " + options + " -connect 127.0.0.1:" +
                                            std::to_string(daemon.https()) + " < " + path_},
                                       {}});
        EXPECT_TRUE(client_->wait_for("Verify return code")) << client_->output();
    }

    void send(const std::string& text)
    {
        EXPECT_EQ(::write(input_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void send_update(const std::string& query)
    {
        send("GET /api/update?" + query + " HTTP/1.1\r\nHost: ns.example.org\r\n\r\n");
    }
    /// True when the client has written all to its socket: it waits for more then.
    bool has_sent_all() const
    {
        return support::eventually([this] {
            int unread = 0;
            return ::ioctl(input_.get(), FIONREAD, &unread) == 0 && unread == 0 &&
                   support::has_state(client_->pid(), 'S');
        });
    }
    bool receives(const std::string& text) { return client_->wait_for(text).has_value(); }
    std::string output() { return client_->output(); }

private:
    support::Folder folder_;
    std::string path_ = folder_ / "input";
    privsep::UniqueFd input_;
    std::optional<support::Process> client_;
};

class HttpsConnections : public Https
{
protected:
    /// Of a request that is answered.
    std::string update_now(const std::string& address, const std::vector<std::string>& options = {})
    {
        return update(daemon_, file("one.pem"), params_of_home + address, options);
    }
    pid_t process(const std::string& name) const
    {
        for (const pid_t pid : daemon_.children()) {
            const std::string found = support::read_proc(pid, "cmdline");
            if (found.find(name) != std::string::npos) {
                return pid;
            }
        }
        return -1;
    }
    /// Until then no child is started again.
    void stop_the_supervisor()
    {
        const pid_t supervisor = daemon_.process().pid();
        ::kill(supervisor, SIGSTOP);
        ASSERT_TRUE(support::eventually([&] { return support::has_state(supervisor, 'T'); }));
    }

    Daemon daemon_{start_with(config("one"))};
};

// The timeout of the connections is longer than the test waits.
TEST_F(HttpsConnections, GoOnWithoutAKeyholderButNewOnesFailUntilItIsBack)
{
    OpenConnection open{daemon_, "-ign_eof"};
    stop_the_supervisor();
    const pid_t keyholder = process("keyholder");
    ::kill(keyholder, SIGKILL);
    ASSERT_TRUE(support::eventually([&] { return support::has_state(keyholder, 'Z'); }));
    for (const std::string most : {"1.2", "1.3"}) {
        const std::string result = update_now("6", {"--tls-max", most});
        EXPECT_TRUE(result.starts_with("000 ")) << result;
        EXPECT_THAT(result, Not(HasSubstr("timed out")));
    }
    open.send_update(params_of_home + "7");
    EXPECT_TRUE(open.receives("ok updated")) << open.output();
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
    ::kill(daemon_.process().pid(), SIGCONT);
    ASSERT_TRUE(daemon_.logs("keyholder (pid " + std::to_string(keyholder) + ") was killed by signal 9"));
    ASSERT_TRUE(daemon_.logs(" serves\n"));
    EXPECT_EQ(update_now("8"), "200 ok updated");
}

TEST_F(HttpsConnections, GoOnWithAKeyholderThatHangsButNewOnesFailUntilItAnswers)
{
    OpenConnection open{daemon_, "-ign_eof"};
    const pid_t keyholder = process("keyholder");
    ::kill(keyholder, SIGSTOP);
    ASSERT_TRUE(support::eventually([&] { return support::has_state(keyholder, 'T'); }));
    for (const std::string address : {"5", "6"}) {
        const std::string result = update_now(address);
        EXPECT_TRUE(result.starts_with("000 ")) << result;
        EXPECT_THAT(result, Not(HasSubstr("timed out")));
    }
    open.send_update(params_of_home + "7");
    EXPECT_TRUE(open.receives("ok updated")) << open.output();
    ::kill(keyholder, SIGCONT);
    EXPECT_TRUE(support::eventually([&] { return update_now("8") == "200 ok updated"; }));
}

// Both have the handshake behind them. The keeper, which is stopped, holds the request.
TEST_F(HttpsConnections, DelayAReloadOnlyIfTheyHaveARequest)
{
    OpenConnection idle{daemon_, "-ign_eof"};
    const privsep::UniqueFd silent = support::connect_tcp(daemon_.https());
    OpenConnection asks{daemon_, "-ign_eof"};
    const pid_t keeper = process("keeper");
    ::kill(keeper, SIGSTOP);
    ASSERT_TRUE(support::eventually([&] { return support::has_state(keeper, 'T'); }));
    const pid_t updater = process("updater-tls");
    asks.send_update(params_of_home + "7");
    ASSERT_TRUE(asks.has_sent_all());
    EXPECT_THAT(update(daemon_, file("one.pem"), "token="), HasSubstr("400")); // after that request
    daemon_.process().signal(SIGHUP);
    EXPECT_THAT(support::receive_all(silent.get()), testing::IsEmpty());
    EXPECT_EQ(asks.output().find("HTTP/1.1"), std::string::npos);
    ::kill(keeper, SIGCONT);
    EXPECT_TRUE(asks.receives("ok updated")) << asks.output();
    EXPECT_TRUE(support::eventually([&] {
        const pid_t now = process("updater-tls");
        return now > 0 && now != updater;
    })) << "an idle connection delays the reload";
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
}

// RFC 5746 section 4.5: the alert is a warning, but OpenSSL's client gives up.
TEST_F(HttpsConnections, AreNotRenegotiated)
{
    OpenConnection open{daemon_, "-tls1_2"};
    open.send("R\n"); // a command of s_client
    EXPECT_TRUE(open.receives("RENEGOTIATING"));
    EXPECT_TRUE(open.receives("no renegotiation")) << open.output();
    EXPECT_EQ(update_now("7"), "200 ok updated");
}

TEST_F(Https, KnowsTheClientsOfATrustedProxy)
{
    std::string text = config("one");
    text.replace(text.find("[@home]\n"), 8, "[@home]\nallow_from = 203.0.113.0/24\n");
    const std::string http = "[http]\nport = 0\n";
    text.replace(text.find(http), http.size(), http + "trusted_proxy = 127.0.0.1\n");
    Daemon daemon{start_with(text)};
    const auto proxied = [&](const std::string& query, const std::string& client) {
        return update(daemon, file("one.pem"), "hostname=home.dyn.example.org&" + query,
                      {"-H", "X-Forwarded-For: " + client});
    };
    EXPECT_EQ(proxied("token=secret&ipv4=auto", "198.51.100.9, 203.0.113.7"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "203.0.113.7");
    EXPECT_EQ(proxied("token=secret&ipv4=auto", "198.51.100.9"), "403 forbidden"); // not allowed there
    EXPECT_EQ(proxied("token=guess&ipv4=192.0.2.7", "203.0.113.8"), "403 forbidden");
    EXPECT_TRUE(daemon.logs("refused an update of home.dyn.example.org. from 203.0.113.8: wrong token"));
}

TEST_F(Https, DoesNotBelieveAProxyThatTheConfigDoesNotName)
{
    Daemon daemon{start_with(config("one"))};
    EXPECT_THAT(update(daemon, file("one.pem"), "hostname=home.dyn.example.org&token=secret&ipv4=auto",
                       {"-H", "X-Forwarded-For: 203.0.113.7"}),
                HasSubstr("your own address is 127.0.0.1"));
}

} // namespace https_test
