// A daemon that serves HTTPS with certificates that the test makes.
#pragma once

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/support/daemon.h"

namespace https_test
{

using support::Daemon;
using support::Folder;
using testing::HasSubstr;
using testing::Not;

/// Writes NAME.pem and NAME.key: a certificate for ns.example.org, signed by its own key.
inline void make_pair(const Folder& folder, const std::string& name, const std::vector<std::string>& kind)
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

inline const std::vector<std::string> p256{"ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
inline const std::vector<std::string> rsa{"rsa:2048"};

inline std::string config_with(const std::string& certificate, const std::string& key)
{
    return support::server_config() +
           "[https]\nport = 0\nlisten = 127.0.0.1\ntimeout = 100s\ncertificate = " + certificate +
           "\nkey = " + key + "\n" + support::sample_hosts();
}

inline support::DaemonStart start_with(const std::string& config)
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

inline const std::string params_of_home = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";

} // namespace https_test
