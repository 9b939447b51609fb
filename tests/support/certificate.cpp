#include "tests/support/certificate.h"

#include <filesystem>

namespace support
{

Certificate::Certificate(const std::vector<std::string>& kind)
{
    std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755});
    std::vector<std::string> command{
        "openssl", "req",   "-x509", "-nodes",  "-days",
        "2",       "-subj", "/CN=x", "-addext", "subjectAltName=DNS:ns.example.org",
        "-keyout", key(),   "-out",  chain(),   "-newkey"};
    command.insert(command.end(), kind.begin(), kind.end());
    run(command);
}

std::string Certificate::section(const std::string& more) const
{
    return "[https]\nport = 0\nlisten = 127.0.0.1\ncertificate = " + chain() + "\nkey = " + key() + "\n" +
           more;
}

std::string Certificate::update(std::uint16_t port, const std::string& query,
                                const std::vector<std::string>& options) const
{
    const std::string name = "ns.example.org:" + std::to_string(port);
    std::vector<std::string> command{"curl",
                                     "-sS",
                                     "--max-time",
                                     std::to_string(patience.count()),
                                     "-w",
                                     "%{http_code}",
                                     "--cacert",
                                     chain(),
                                     "--resolve",
                                     name + ":127.0.0.1",
                                     "https://" + name + "/api/update?" + query};
    command.insert(command.end(), options.begin(), options.end());
    const std::string output = run(command).output;
    const std::size_t body = output.size() < 3 ? 0 : output.size() - 3;
    return output.substr(body) + " " + output.substr(0, body);
}

} // namespace support
