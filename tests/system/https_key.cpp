// The private key of HTTPS is in the memory of the keyholder and of no other process, in no form.
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/support/certificate.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

std::string decoded(const std::string& base64)
{
    std::string bytes;
    unsigned bits = 0;
    unsigned value = 0;
    for (const char letter : base64) {
        const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t digit = alphabet.find(letter);
        if (digit == std::string::npos) {
            continue;
        }
        value = value << 6U | static_cast<unsigned>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(value >> bits & 0xFFU);
        }
    }
    return bytes;
}

/// The hexadecimal bytes below a heading of `openssl pkey -text`, without a leading zero.
std::string number_below(const std::string& text, const std::string& heading)
{
    const std::size_t at = text.find("\n" + heading + ":\n");
    EXPECT_NE(at, std::string::npos) << heading;
    std::string bytes;
    std::size_t i = at + heading.size() + 3;
    while (text.compare(i, 4, "    ") == 0) {
        const std::size_t end = text.find('\n', i);
        std::istringstream line{text.substr(i, end - i)};
        for (std::string byte; std::getline(line >> std::ws, byte, ':');) {
            bytes += static_cast<char>(std::stoi(byte, nullptr, 16));
        }
        i = end + 1;
    }
    return bytes.starts_with('\0') ? bytes.substr(1) : bytes;
}

/// Three parts of each form, each long enough to be found only there.
std::vector<std::string> forms_of(const std::string& key_file)
{
    const std::string pem = support::read_file(key_file);
    const std::string base64 = pem.substr(pem.find('\n') + 1, pem.rfind("-----END") - pem.find('\n') - 1);
    const std::string text = support::run({"openssl", "pkey", "-in", key_file, "-noout", "-text"}).output;
    std::vector<std::string> wholes{base64, decoded(base64)};
    for (const std::string number :
         {"privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient"}) {
        const std::string big = number_below(text, number);
        wholes.push_back(big);
        wholes.emplace_back(big.rbegin(), big.rend()); // as OpenSSL's numbers are in memory
    }
    // not the beginning of DER and PEM, which has the modulus: everybody knows it
    std::vector<std::string> parts;
    for (const std::string& whole : wholes) {
        parts.push_back(whole.substr(whole.size() / 2, 24));
        parts.push_back(whole.substr(whole.size() - 40, 24));
    }
    return parts;
}

std::string memory_of_process(pid_t pid)
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
        if (end - begin > 1U << 26U) {
            continue; // AddressSanitizer's own: the daemon has no such mapping
        }
        std::string bytes(end - begin, '\0');
        const ssize_t size = ::pread64(memory.get(), bytes.data(), bytes.size(), static_cast<off64_t>(begin));
        all.append(bytes, 0, size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return all;
}

void expect_in_keyholder_alone(Daemon& daemon, const std::vector<std::string>& forms)
{
    std::vector<pid_t> all = daemon.children();
    all.push_back(daemon.process().pid());
    for (const pid_t pid : all) {
        const std::string memory = memory_of_process(pid);
        const auto found = std::count_if(forms.begin(), forms.end(), [&](const std::string& form) {
            return memory.find(form) != std::string::npos;
        });
        const std::string name = support::read_proc(pid, "comm");
        if (name.starts_with("nanodnsd-keyhol")) {
            EXPECT_GT(found, 0) << "the search finds nothing where the key is";
        } else {
            EXPECT_EQ(found, 0) << name;
        }
    }
}

/// Has handshakes of both versions signed, with the ciphers and groups of the client's choice.
void have_signed(const Daemon& daemon, const support::Certificate& certificate, const std::string& octet)
{
    const std::string home = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";
    for (const std::vector<std::string>& version :
         {std::vector<std::string>{"--tlsv1.2", "--tls-max", "1.2"}, {"--tlsv1.3"}}) {
        for (const std::string curve : {"X25519:P-256", "P-256"}) {
            std::vector<std::string> options{"--curves", curve};
            options.insert(options.end(), version.begin(), version.end());
            ASSERT_EQ(certificate.update(daemon.https(), home + octet, options).substr(0, 6), "200 ok");
        }
    }
}

TEST(HttpsKey, IsInTheMemoryOfTheKeyholderAlone)
{
    const support::Certificate certificate{{"rsa:2048"}};
    support::DaemonStart start;
    start.config = support::server_config() + certificate.section() + support::sample_hosts();
    Daemon daemon{start};
    const std::vector<std::string> forms = forms_of(certificate.key());
    expect_in_keyholder_alone(daemon, forms);
    have_signed(daemon, certificate, "1");
    expect_in_keyholder_alone(daemon, forms);
    const std::size_t processes = daemon.children().size();
    ASSERT_TRUE(daemon.reload("nanodnsd: serving ")); // the supervisor has copied the key once more
    ASSERT_TRUE(
        support::eventually([&] { return daemon.children().size() == processes; })); // the old ones are gone
    expect_in_keyholder_alone(daemon, forms);
    have_signed(daemon, certificate, "2");
    expect_in_keyholder_alone(daemon, forms);
    daemon.replace("keyholder", SIGKILL); // the new one has the copy, too
    daemon.replace("updater-tls", SIGKILL);
    have_signed(daemon, certificate, "3");
    expect_in_keyholder_alone(daemon, forms);
}

} // namespace
