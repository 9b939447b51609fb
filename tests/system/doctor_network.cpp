// `nanodnsctl doctor` beside a daemon with HTTPS, in a network of its own, under load, and with an old
// kernel.
#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/old_kernel.h"
#include "tests/system/doctor.h"
#include "tests/system/https_fixture.h"
#include "tests/system/own_network.h"

namespace
{

using support::Daemon;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class DoctorOfHttps : public doctor_test::Patient
{
protected:
    /// The certificate is valid for two days.
    std::string https(const std::string& name) const
    {
        return "[https]\nport = 0\nlisten = 127.0.0.1\ncertificate = " + (folder_ / (name + ".pem")) +
               "\nkey = " + (folder_ / (name + ".key")) + "\n";
    }
    /// With the time at which the daemon has read its config, so that the file is older.
    void make_old(const std::string& name) const
    {
        std::filesystem::last_write_time(
            folder_ / (name + ".pem"), std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    }
};

TEST_F(DoctorOfHttps, SaysWhenTheCertificateExpiresAndThatAReloadIsDue)
{
    https_test::make_pair(folder_, "one", https_test::p256);
    make_old("one");
    Daemon daemon{{.config = config(https("one") + doctor_test::good_hosts)}};
    EXPECT_THAT(said(),
                ContainsRegex("\nFAIL  certificate   the certificate of ns.example.org expires in [12] d\n"
                              "                    RENEWED_LINEAGE=/etc/letsencrypt/live/ns.example.org " +
                              support::installation() + "/share/doc/nanodnsd/contrib/tls/deploy-hook\n"));
    std::filesystem::last_write_time(folder_ / "one.pem",
                                     std::filesystem::file_time_type::clock::now() + std::chrono::hours{1});
    EXPECT_THAT(said(), HasSubstr("\nwarn  certificate   " + (folder_ / "one.pem") +
                                  " is newer than the certificate that is served\n"
                                  "                    nanodnsctl -S " +
                                  socket_ + " reload\n"));
    EXPECT_THAT(said(), HasSubstr("\nok    updates       updates may come over HTTPS\n"));
    EXPECT_THAT(said(), HasSubstr("\nok    sockets       dns, http and https listen\n"));
}

TEST_F(DoctorOfHttps, WarnsOfACertificateForAnotherName)
{
    support::run({"openssl", "req", "-x509", "-nodes", "-days", "90", "-subj", "/CN=x", "-addext",
                  "subjectAltName=DNS:other.example.org", "-newkey", "ed25519", "-keyout",
                  folder_ / "two.key", "-out", folder_ / "two.pem"});
    make_old("two");
    Daemon daemon{{.config = config(https("two") + doctor_test::good_hosts)}};
    EXPECT_THAT(said(),
                HasSubstr("\nwarn  certificate   " + (folder_ / "two.pem") +
                          ": the certificate is for none of the names in nameserver=: clients that use these "
                          "will refuse it\n"));
}

// The advice of nanodnsd would give the private key to that user's group.
TEST_F(DoctorOfHttps, DoesNotTryAConfigWhoseKeyThisUserMayNotRead)
{
    https_test::make_pair(folder_, "one", https_test::p256);
    make_old("one");
    Daemon daemon{{.config = config(https("one") + doctor_test::good_hosts)}};
    ::chmod(daemon.config_path().c_str(), 0644);
    ::chmod((folder_ / "one.key").c_str(), 0600);
    ::chmod(socket_.c_str(), 0666); // so the path of the config is known
    support::Start start = command();
    start.before_exec = support::become_ordinary;
    const std::string output = support::run(start).output;
    if (::geteuid() == 0) {
        EXPECT_THAT(output, HasSubstr("skip  config        " + (folder_ / "one.key") +
                                      " cannot be read: Permission denied; doctor sees more as root\n"));
    }
}

class DoctorOfANetwork : public doctor_test::Patient
{
};

/// A socket of another program than the daemon.
privsep::UniqueFd listen_at(const char* address, int type)
{
    privsep::UniqueFd socket{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    struct sockaddr_in at {
    };
    at.sin_family = AF_INET;
    at.sin_port = htons(53);
    EXPECT_EQ(::inet_pton(AF_INET, address, &at.sin_addr), 1);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    if (type == SOCK_STREAM) {
        EXPECT_EQ(::listen(socket.get(), 1), 0);
    }
    return socket;
}

TEST_F(DoctorOfANetwork, AsksEachAddressAndNamesWhoElseHasThePort)
{
    hostile::in_own_network({"198.51.100.5/32", "2001:db8::5/128"}, [&] {
        const auto udp = listen_at("127.0.0.53", SOCK_DGRAM);
        const auto tcp = listen_at("127.0.0.53", SOCK_STREAM);
        const std::string server = "[server]\ndomain = dyn.example.org\nnameserver = ns.example.org\n"
                                   "email = host.master@example.org\nlisten = 198.51.100.5 2001:db8::5\n"
                                   "[http]\nport = 8080\n";
        Daemon daemon{{.config = config_of(server, doctor_test::good_hosts)}};
        const std::string text = said();
        EXPECT_THAT(text, HasSubstr("\nok    port 53       nanodnsd listens on 4 sockets; "));
        EXPECT_THAT(text,
                    HasSubstr(" (pid " + std::to_string(::getpid()) + ") uses port 53 on 127.0.0.53\n"));
        EXPECT_THAT(text,
                    HasSubstr("\nok    answers       198.51.100.5 2001:db8::5 answer over UDP and TCP, "));
        EXPECT_THAT(
            text,
            HasSubstr(
                "\nwarn  updates       HTTP on port 8080 of all addresses is not encrypted, so others "));
    });
}

TEST_F(DoctorOfANetwork, CountsWhatTheRateLimitLeftOut)
{
    const std::string server = support::server_config("rate_limit = 1\n");
    Daemon daemon{{.config = config_of(server, doctor_test::good_hosts)}};
    EXPECT_THAT(said(), Not(HasSubstr("the rate limit was reached by ")));
    const std::string query{"\0\1\0\0\0\1\0\0\0\0\0\0\3dyn\7example\3org\0\0\6\0\1", 33};
    const auto socket = support::connect_udp(daemon.udp());
    EXPECT_TRUE(support::eventually([&] {
        support::send_all(socket.get(), query);
        return said().find("\nwarn  losses        the rate limit was reached by ") != std::string::npos;
    }));
}

TEST_F(DoctorOfANetwork, CountsDatagramsThatWereDropped)
{
    Daemon daemon{{.config = config()}};
    EXPECT_THAT(said(), Not(HasSubstr(" dropped because ")));
    const auto socket = support::connect_udp(daemon.udp());
    const pid_t responder = daemon.child("responder").value();
    ::kill(responder, SIGSTOP);
    for (int i = 0; i < 200000; ++i) { // more than any buffer holds
        support::send_all(socket.get(), "x");
    }
    ::kill(responder, SIGCONT);
    EXPECT_THAT(said(),
                ContainsRegex("\nwarn  losses        [0-9]+ datagrams were dropped because the buffer "
                              "was full: set ReceiveBuffer= of nanodnsd-dns.socket\n"));
}

class DoctorOfAnOldKernel : public doctor_test::Patient
{
};

TEST_F(DoctorOfAnOldKernel, NamesWhatTheSandboxLacks)
{
    support::DaemonStart start;
    start.config = config();
    start.before_exec = [] { // in the new process
        if (!support::pretend_old_kernel()) {
            ::_exit(1);
        }
    };
    Daemon daemon{start};
    EXPECT_THAT(said(), ContainsRegex("\nwarn  sandbox       .+ without .*Landlock.*\n"
                                      "                    uname -r; cat /sys/kernel/security/lsm\n"));
}

} // namespace
