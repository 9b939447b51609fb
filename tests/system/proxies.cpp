// Clients behind a proxy, and a browser that another web site uses: the real daemon, and curl as the proxy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"
#include "tests/system/https_fixture.h"
#include "tests/system/own_network.h"

namespace
{

using support::Daemon;
using support::DaemonStart;

DaemonStart with_proxy(const std::string& more_of_http, const std::string& more_of_home = "")
{
    return {.config =
                support::server_config("", "", more_of_http) + "[@home]\ntoken = secret\n" + more_of_home};
}

/// "BODY STATUS" of an update of home with these header fields.
std::string proxied(const Daemon& daemon, const std::string& token, const std::vector<std::string>& fields)
{
    std::vector<std::string> command{"curl", "-s", "--max-time", "20", "-w", " %{http_code}"};
    for (const std::string& field : fields) {
        command.insert(command.end(), {"-H", field});
    }
    command.push_back("http://127.0.0.1:" + std::to_string(daemon.http()) +
                      "/api/update?hostname=home.dyn.example.org&ipv4=192.0.2.7&token=" + token);
    return support::run(command).output;
}

TEST(TrustedProxy, HasItsClientsLimitedInItsPlace)
{
    Daemon daemon{with_proxy("trusted_proxy = 127.0.0.1 ::1\n")};
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(
            proxied(daemon, "guess" + std::to_string(i), {"X-Forwarded-For: 198.51.100.9, 203.0.113.7"}),
            "forbidden 403");
    }
    EXPECT_TRUE(daemon.logs("refused an update of home.dyn.example.org. from 203.0.113.7: wrong token"));
    EXPECT_EQ(proxied(daemon, "secret", {"X-Forwarded-For: 203.0.113.7"}), "911 503");
    EXPECT_EQ(proxied(daemon, "secret", {"X-Forwarded-For: 198.51.100.9"}), "ok updated 200");
    EXPECT_EQ(proxied(daemon, "secret", {"X-Forwarded-For: nonsense"}), "ok unchanged 200");
}

TEST(TrustedProxy, IsNoneThatTheConfigDoesNotName)
{
    Daemon daemon{with_proxy("trusted_proxy = 192.0.2.1\n")};
    EXPECT_EQ(proxied(daemon, "guess", {"X-Forwarded-For: 203.0.113.7"}), "forbidden 403");
    EXPECT_TRUE(daemon.logs("refused an update of home.dyn.example.org. from 127.0.0.1: wrong token"));
}

// From elsewhere the right secret is a wrong one.
TEST(TrustedProxy, SaysWhetherTheClientIsAllowed)
{
    Daemon daemon{with_proxy("trusted_proxy = 127.0.0.1\nproxy_header = forwarded\n",
                             "allow_from = 203.0.113.0/24 2001:db8::/32\n")};
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=203.0.113.7"}), "ok updated 200");
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=\"[2001:db8::1]:80\";proto=https"}),
              "ok unchanged 200");
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=198.51.100.7"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=203.0.113.7, for=198.51.100.7"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=unknown"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {"X-Forwarded-For: 203.0.113.7"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {"Forwarded: for=203.0.113.7", "Forwarded: for=127.0.0.1"}),
              "ok unchanged 200");
}

// It has the connection with HTTPS to the browser.
TEST(TrustedProxy, GetsThePageWithoutARedirection)
{
    hostile::in_own_network({"192.0.2.1/32"}, [] {
        const support::Folder folder;
        https_test::make_pair(folder, "one", https_test::p256);
        std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
        const std::string https =
            "[https]\nport = 0\nlisten = 127.0.0.1\ncertificate = " + (folder / "one.pem") +
            "\nkey = " + (folder / "one.key") + "\n";
        for (const auto& [proxy, status] : {std::pair{"192.0.2.1", "200"}, {"192.0.2.2", "308"}}) {
            const std::string http = "listen = 192.0.2.1\ntrusted_proxy = " + std::string{proxy} + "\n";
            std::string config = support::server_config("", "", http) + https + support::sample_hosts();
            config.erase(config.find("listen = 127.0.0.1\nlisten = 192"), 19);
            const Daemon daemon{{.config = config}};
            EXPECT_EQ(support::run({"curl", "-s", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}",
                                    "http://192.0.2.1:" + std::to_string(daemon.http()) + "/"})
                          .output,
                      status)
                << proxy;
        }
    });
}

TEST(OtherWebSite, CannotMakeABrowserChangeAHost)
{
    Daemon daemon;
    const std::string host = "Host: ns.example.org";
    EXPECT_EQ(proxied(daemon, "secret", {host, "Origin: https://other.example"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {host, "Referer: https://other.example/page"}), "forbidden 403");
    EXPECT_EQ(proxied(daemon, "secret", {host, "Sec-Fetch-Site: cross-site"}), "forbidden 403");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "");
    EXPECT_EQ(proxied(daemon, "secret", {host, "Sec-Fetch-Site: none"}), "ok updated 200");
    EXPECT_EQ(proxied(daemon, "secret", {host, "Origin: http://ns.example.org"}), "ok unchanged 200");
}

} // namespace
