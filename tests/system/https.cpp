// HTTPS: the second updater and the keyholder, with real clients.
#include <algorithm>
#include <csignal>

#include "tests/system/https_fixture.h"

namespace https_test
{

TEST_F(Https, TakesUpdatesOverBothVersionsOfTls)
{
    make_pair(folder_, "p384", {"ec", "-pkeyopt", "ec_paramgen_curve:P-384"});
    make_pair(folder_, "ed25519", {"ed25519"});
    for (const std::string name : {"one", "two", "p384", "ed25519"}) {
        Daemon daemon{start_with(config(name))};
        EXPECT_EQ(update(daemon, file(name + ".pem"), params_of_home + "7", {"--tls-max", "1.2"}),
                  "200 ok updated")
            << name;
        EXPECT_EQ(update(daemon, file(name + ".pem"), params_of_home + "8", {"--tlsv1.3"}), "200 ok updated")
            << name;
        EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.8");
        EXPECT_EQ(daemon.update(params_of_home + "9"), "200 ok updated"); // plain HTTP beside it
        EXPECT_EQ(daemon.stop(), 0);
    }
}

TEST_F(Https, IsServedAloneIfHttpIsOff)
{
    std::string text = config("one");
    text.replace(text.find("[http]\nport = 0"), 15, "[http]\nport=off");
    Daemon daemon{start_with(text)};
    EXPECT_EQ(daemon.children().size(), 4U); // the plain updater is not there
    EXPECT_EQ(daemon.http(), 0);
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "7"), "200 ok updated");
}

TEST_F(Https, RunsNoProcessMoreIfThereIsNoSuchSection)
{
    Daemon daemon;
    EXPECT_EQ(daemon.children().size(), 3U);
    for (const pid_t pid : daemon.children()) {
        EXPECT_THAT(support::read_proc(pid, "maps"), Not(testing::ContainsRegex("lib(ssl|crypto)")));
    }
}

TEST_F(Https, LoadsOpensslInItsTwoProcessesOnly)
{
    Daemon daemon{start_with(config("one"))};
    for (const pid_t pid : daemon.children()) {
        const std::string name = support::read_proc(pid, "cmdline");
        const bool is_of_https = name.find("updater-tls") != name.npos || name.find("keyholder") != name.npos;
        EXPECT_EQ(support::read_proc(pid, "maps").find("/libcrypto.so") != std::string::npos, is_of_https)
            << name;
        EXPECT_EQ(support::read_proc(pid, "maps").find("/libssl.so") != std::string::npos,
                  name.find("updater-tls") != name.npos)
            << name;
    }
}

// OpenSSL refuses such a chain at its usual security level.
TEST_F(Https, RefusesAReloadWithAChainThatIsTooWeakAndServesOn)
{
    support::run(
        {"openssl", "req", "-new", "-subj", "/CN=leaf", "-key", file("one.key"), "-out", file("request")});
    support::run({"openssl", "x509", "-req", "-sha1", "-days", "2", "-in", file("request"), "-CA",
                  file("two.pem"), "-CAkey", file("two.key"), "-CAcreateserial", "-out", file("weak.pem")});
    Daemon daemon{start_with(config("one"))};
    daemon.configure(config_with(file("weak.pem"), file("one.key")));
    EXPECT_TRUE(daemon.reload(": " + file("weak.pem") + ": found a certificate that is signed with"));
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "7"), "200 ok updated");
}

TEST_F(Https, HasTheNewCertificateAfterAReload)
{
    std::filesystem::copy_file(file("one.pem"), file("now.pem"));
    std::filesystem::copy_file(file("one.key"), file("now.key"));
    Daemon daemon{start_with(config("now"))};
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "7"), "200 ok updated");
    for (const std::string end : {".pem", ".key"}) {
        std::filesystem::copy_file(file("two" + end), file("now" + end),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    ASSERT_TRUE(daemon.reload("nanodnsd: serving "));
    EXPECT_EQ(update(daemon, file("two.pem"), params_of_home + "8"), "200 ok updated");
    EXPECT_THAT(update(daemon, file("one.pem"), params_of_home + "9"), HasSubstr("certificate problem"));
}

TEST_F(Https, ServesAgainAfterTheDeathOfEitherProcess)
{
    Daemon daemon{start_with(config("one"))};
    daemon.replace("keyholder", SIGKILL);
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "7"), "200 ok updated");
    const std::vector<pid_t> updaters = daemon.all_of("updater-tls");
    const auto tls = std::find_if(updaters.begin(), updaters.end(), [](pid_t pid) {
        return support::read_proc(pid, "cmdline").find("updater-tls") != std::string::npos;
    });
    ASSERT_NE(tls, updaters.end());
    ::kill(*tls, SIGKILL);
    ASSERT_TRUE(daemon.logs("updater-tls (pid "));
    ASSERT_TRUE(daemon.logs(" serves\n"));
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "8"), "200 ok updated");
}

/// The connection gets no answer, and the server goes on.
TEST_F(Https, ClosesConnectionsThatDoNotSpeakTls)
{
    Daemon daemon{start_with(config("one"))};
    for (const std::string bytes :
         {"GET /api/update HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\xFF\xFF garbage garbage"}) {
        const privsep::UniqueFd client = support::connect_tcp(daemon.https());
        support::send_all(client.get(), bytes);
        EXPECT_TRUE(daemon.logs("127.0.0.1: TLS failed: "));
        EXPECT_THAT(support::receive_all(client.get()), Not(HasSubstr("HTTP/1.1")));
    }
    EXPECT_EQ(update(daemon, file("one.pem"), params_of_home + "7"), "200 ok updated");
}

// OpenSSL alone would collect 131 kB.
TEST_F(Https, ClosesAConnectionWhoseClientHelloIsTooLong)
{
    Daemon daemon{start_with(config("one"))};
    const privsep::UniqueFd client = support::connect_tcp(daemon.https());
    const std::string record{"\x16\x03\x01\x40\x00", 5}; // of 16384 bytes
    const std::string begin{"\x01\x01\x00\x00", 4};      // a ClientHello of 65536 bytes
    support::send_all(client.get(), record + begin + std::string(16380, '\0') + record);
    EXPECT_TRUE(daemon.logs("TLS failed: more than 8192 bytes and no end of the handshake"));
}

TEST_F(Https, ResumesSessionsOfBothVersions)
{
    Daemon daemon{start_with(config("two"))};
    const std::string server = "127.0.0.1:" + std::to_string(daemon.https());
    const std::string request =
        "printf 'GET /x HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | openssl s_client -ign_eof -connect ";
    for (const std::string version : {"-tls1_2", "-tls1_3"}) {
        support::run({"sh", "-c", request + server + " " + version + " -sess_out " + file("session")});
        const support::Result again =
            support::run({"sh", "-c", request + server + " " + version + " -sess_in " + file("session")});
        EXPECT_THAT(again.output, HasSubstr("Reused, TLSv1." + version.substr(6))) << version;
    }
}

} // namespace https_test
