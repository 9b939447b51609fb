// HTTPS: the second updater and the keyholder, with real clients.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::Folder;
using testing::HasSubstr;
using testing::Not;

/// Writes NAME.pem and NAME.key: a certificate for ns.example.org, signed by its own key.
void make_pair(const Folder& folder, const std::string& name, const std::vector<std::string>& kind)
{
    std::vector<std::string> command{"openssl", "req",
                                     "-x509",   "-nodes",
                                     "-days",   "2",
                                     "-subj",   "/CN=x",
                                     "-addext", "subjectAltName=DNS:ns.example.org",
                                     "-keyout", folder / (name + ".key"),
                                     "-out",    folder / (name + ".pem"),
                                     "-newkey"};
    command.insert(command.end(), kind.begin(), kind.end());
    support::run(command);
}

const std::vector<std::string> p256{"ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
const std::vector<std::string> rsa{"rsa:2048"};

std::string config_with(const std::string& certificate, const std::string& key)
{
    return support::server_config() +
           "[https]\nport = 0\nlisten = 127.0.0.1\ntimeout = 30s\ncertificate = " + certificate +
           "\nkey = " + key + "\n" + support::sample_hosts();
}

support::DaemonStart start_with(const std::string& config)
{
    support::DaemonStart start;
    start.config = config;
    return start;
}

class Https : public testing::Test
{
protected:
    Https()
    {
        make_pair(folder_, "one", p256);
        make_pair(folder_, "two", rsa);
        std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755});
    }

    std::string file(const std::string& name) const { return folder_ / name; }
    std::string config(const std::string& name) const
    {
        return config_with(file(name + ".pem"), file(name + ".key"));
    }
    /// "STATUS body", or "000 " and curl's message.
    static std::string update(const Daemon& daemon, const std::string& certificate, const std::string& query,
                              const std::vector<std::string>& options = {})
    {
        const std::string port = std::to_string(daemon.https());
        std::vector<std::string> command{"curl",
                                         "-sS",
                                         "--max-time",
                                         "20",
                                         "-w",
                                         "%{http_code}",
                                         "--cacert",
                                         certificate,
                                         "--resolve",
                                         "ns.example.org:" + port + ":127.0.0.1",
                                         "https://ns.example.org:" + port + "/api/update?" + query};
        command.insert(command.end(), options.begin(), options.end());
        const support::Result result = support::run(command);
        const std::size_t body = result.output.size() < 3 ? 0 : result.output.size() - 3;
        return result.output.substr(body) + " " + result.output.substr(0, body);
    }

    Folder folder_;
};

const std::string update_of_home = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";

TEST_F(Https, TakesUpdatesOverBothVersionsOfTls)
{
    make_pair(folder_, "p384", {"ec", "-pkeyopt", "ec_paramgen_curve:P-384"});
    make_pair(folder_, "ed25519", {"ed25519"});
    for (const std::string name : {"one", "two", "p384", "ed25519"}) {
        Daemon daemon{start_with(config(name))};
        EXPECT_EQ(update(daemon, file(name + ".pem"), update_of_home + "7", {"--tls-max", "1.2"}),
                  "200 ok updated")
            << name;
        EXPECT_EQ(update(daemon, file(name + ".pem"), update_of_home + "8", {"--tlsv1.3"}), "200 ok updated")
            << name;
        EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.8");
        EXPECT_EQ(daemon.update(update_of_home + "9"), "200 ok updated"); // plain HTTP beside it
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
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
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

TEST_F(Https, RefusesAReloadWithAKeyThatDoesNotFitAndServesOn)
{
    Daemon daemon{start_with(config("one"))};
    daemon.configure(config_with(file("one.pem"), file("two.key")));
    EXPECT_TRUE(daemon.reload("reload refused, the old configuration stays in force: " + file("two.key") +
                              ": the key does not belong to the first certificate in " + file("one.pem")));
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
    daemon.configure(config_with(file("one.pem"), file("none.key")));
    EXPECT_TRUE(daemon.reload("reload refused, the old configuration stays in force: cannot open " +
                              file("none.key")));
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "8"), "200 ok updated");
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
    EXPECT_TRUE(
        daemon.reload("reload refused, the old configuration stays in force: " + file("weak.pem") + ": "));
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
}

TEST_F(Https, HasTheNewCertificateAfterAReload)
{
    std::filesystem::copy_file(file("one.pem"), file("now.pem"));
    std::filesystem::copy_file(file("one.key"), file("now.key"));
    Daemon daemon{start_with(config("now"))};
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
    for (const std::string end : {".pem", ".key"}) {
        std::filesystem::copy_file(file("two" + end), file("now" + end),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    ASSERT_TRUE(daemon.reload("nanodnsd: serving "));
    EXPECT_EQ(update(daemon, file("two.pem"), update_of_home + "8"), "200 ok updated");
    EXPECT_THAT(update(daemon, file("one.pem"), update_of_home + "9"), HasSubstr("certificate problem"));
}

TEST_F(Https, ServesAgainAfterTheDeathOfEitherProcess)
{
    Daemon daemon{start_with(config("one"))};
    daemon.replace("keyholder", SIGKILL);
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
    const std::vector<pid_t> updaters = daemon.all_of("updater-tls");
    const auto tls = std::find_if(updaters.begin(), updaters.end(), [](pid_t pid) {
        return support::read_proc(pid, "cmdline").find("updater-tls") != std::string::npos;
    });
    ASSERT_NE(tls, updaters.end());
    ::kill(*tls, SIGKILL);
    ASSERT_TRUE(daemon.logs("updater-tls (pid "));
    ASSERT_TRUE(daemon.logs(" serves\n"));
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "8"), "200 ok updated");
}

TEST_F(Https, DoesNotStartWithFilesThatItCannotUse)
{
    support::DaemonStart start = start_with(config_with(file("one.pem"), file("one.pem")));
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_TRUE(daemon.logs("stopping: " + file("one.pem") + ": found no private key in PEM form"));
    EXPECT_EQ(daemon.process().wait(), 1);
}

TEST_F(Https, IsCheckedByTheOptionN)
{
    support::write_file(file("conf"), config_with(file("one.pem"), file("two.key")));
    const support::Result result =
        support::run({support::installation() + "/bin/nanodnsd", "-n", "-c", file("conf")});
    EXPECT_THAT(result.output,
                HasSubstr(file("two.key") + ": the key does not belong to the first certificate"));
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
    EXPECT_EQ(update(daemon, file("one.pem"), update_of_home + "7"), "200 ok updated");
}

// OpenSSL alone would collect 131 kB.
TEST_F(Https, ClosesAConnectionWhoseClientHelloIsTooLong)
{
    Daemon daemon{start_with(config("one"))};
    const privsep::UniqueFd client = support::connect_tcp(daemon.https());
    const std::string record{"\x16\x03\x01\x40\x00", 5}; // of 16384 bytes
    const std::string begin{"\x01\x01\x00\x00", 4};      // a ClientHello of 65536 bytes
    support::send_all(client.get(), record + begin + std::string(16380, '\0') + record);
    EXPECT_TRUE(daemon.logs("TLS failed: more than 16384 bytes and no end of the handshake"));
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

} // namespace
