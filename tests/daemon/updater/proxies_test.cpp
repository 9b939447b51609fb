// The client behind a proxy, and requests that other web sites make a browser send.
#include <gmock/gmock.h>
#include <sys/un.h>

#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string forwarded_for = "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n";

std::string update_with(const std::string& fields)
{
    return "GET /api/update?hostname=home.example.net&token=secret HTTP/1.1\r\n" + fields + "\r\n";
}

class Proxies : public UpdaterFixture
{
protected:
    void trust(const char* network) { trusted_proxies.push_back(base::parse_network(network).value()); }

    /// "ADDRESS", or "unknown, PROXY" as the keeper is told.
    std::string client_of(Browser client)
    {
        const ipc::Propose proposal = next_proposal();
        settle(proposal.id, ipc::Verdict::unchanged);
        reply(client);
        return (proposal.client_is_known ? "" : "unknown, ") + base::to_text(proposal.client);
    }
    std::string client_of(const std::string& fields) { return client_of(browse(update_with(fields))); }

    void listen_on_unix_socket()
    {
        unix_socket = privsep::UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const sockaddr_un any{AF_UNIX, {}}; // unix(7): it gets a name in the abstract namespace
        EXPECT_EQ(::bind(unix_socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family),
                  0);
        EXPECT_EQ(::listen(unix_socket.get(), 16), 0);
        size_ = sizeof address_;
        ::getsockname(unix_socket.get(), reinterpret_cast<sockaddr*>(&address_), &size_);
    }
    Browser by_unix_socket(const std::string& request)
    {
        privsep::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address_), size_), 0);
        Browser browser{std::move(socket)};
        browser.send(request);
        return browser;
    }

    /// What is logged about a request that is refused without the keeper.
    std::string log_of(Browser client)
    {
        testing::internal::CaptureStderr();
        reply(client);
        return testing::internal::GetCapturedStderr();
    }

private:
    sockaddr_un address_{};
    socklen_t size_ = 0;
};

TEST_F(Proxies, ThatAreNotTrustedAreTheClient)
{
    trust("192.0.2.0/24");
    start();
    EXPECT_EQ(client_of(forwarded_for), "127.0.0.1");
    EXPECT_EQ(client_of("Forwarded: for=203.0.113.7\r\n"), "127.0.0.1");
}

TEST_F(Proxies, ThatAreTrustedNameTheClient)
{
    trust("127.0.0.0/8");
    start();
    EXPECT_EQ(client_of(forwarded_for), "203.0.113.7");
    EXPECT_EQ(client_of("X-Forwarded-For: unknown\r\n"), "unknown, 127.0.0.1");
    EXPECT_EQ(client_of("Forwarded: for=203.0.113.7\r\n"), "127.0.0.1") << "not the configured field";
}

TEST_F(Proxies, NameTheClientInTheConfiguredField)
{
    trust("127.0.0.1");
    proxy_header = ipc::ProxyHeader::forwarded;
    start();
    EXPECT_EQ(client_of(forwarded_for + "Forwarded: for=\"[2001:db8::7]:80\"\r\n"), "2001:db8::7");
    EXPECT_EQ(client_of(forwarded_for), "127.0.0.1");
}

TEST_F(Proxies, OnAUnixSocketAreTrusted)
{
    listen_on_unix_socket();
    start();
    EXPECT_EQ(client_of(by_unix_socket(update_with(forwarded_for))), "203.0.113.7");
    EXPECT_EQ(client_of(by_unix_socket(update_with(""))), "unknown, 127.0.0.1");
    EXPECT_EQ(client_of(forwarded_for), "127.0.0.1") << "a user of this machine is no proxy";
}

// Over plain HTTP the page is redirected to HTTPS, but not if it comes from this machine.
TEST_F(Proxies, OnAUnixSocketGetThePage)
{
    has_page = true;
    https_port = 443;
    listen_on_unix_socket();
    start();
    auto client = by_unix_socket("GET / HTTP/1.1\r\nHost: ns.example\r\n" + forwarded_for + "\r\n");
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(client.received(), HasSubstr("<strong>203.0.113.7</strong>"));
}

TEST_F(Proxies, AreNotInTheLogInPlaceOfTheirClients)
{
    trust("127.0.0.1");
    listen_on_unix_socket();
    start();
    const std::string target = "GET /api/update HTTP/1.1\r\n";
    EXPECT_THAT(log_of(browse(target + forwarded_for + "\r\n")),
                StartsWith("nanodnsd: 203.0.113.7: request for /api/update: 400"));
    EXPECT_THAT(log_of(by_unix_socket(target + forwarded_for + "\r\n")),
                StartsWith("nanodnsd: 203.0.113.7: "));
    EXPECT_THAT(log_of(by_unix_socket(target + "\r\n")), StartsWith("nanodnsd: 127.0.0.1: "));
    EXPECT_THAT(log_of(browse("nonsense\r\n")), StartsWith("nanodnsd: 127.0.0.1: request: 400"));
}

// Otherwise one client could use up the lines of all others.
TEST_F(Proxies, HaveTheirClientsLimitsOfTheLog)
{
    trust("127.0.0.1");
    start();
    const auto refused = [this](const std::string& client) {
        return log_of(browse("GET / HTTP/1.1\r\nX-Forwarded-For: " + client + "\r\n\r\n"));
    };
    std::string last;
    for (int i = 0; i < 100 && (i == 0 || !last.empty()); ++i) {
        last = refused("203.0.113.7");
    }
    EXPECT_EQ(last, "");
    EXPECT_THAT(refused("198.51.100.1"), HasSubstr("198.51.100.1: request for /: 404"));
}

TEST_F(Proxies, DoNotMakeAnotherWebSiteOne)
{
    start();
    auto client = browse(update_with("Host: ns.example\r\nOrigin: https://other.example\r\n"));
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 403 "));
    EXPECT_FALSE(received_by_keeper());
}

} // namespace
} // namespace updater
