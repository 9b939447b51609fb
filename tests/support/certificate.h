// What HTTPS needs: a certificate, its key, and the section of the config that names them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace support
{

/// Two files: the certificate, for ns.example.org and signed by its own key, and the key, which only the user
/// who runs the test may read.
class Certificate
{
public:
    /// `kind`: what `openssl req` is told after -newkey.
    explicit Certificate(const std::vector<std::string>& kind = {"ec", "-pkeyopt",
                                                                 "ec_paramgen_curve:P-256"});

    std::string chain() const { return folder_ / "chain.pem"; }
    std::string key() const { return folder_ / "key.pem"; }
    /// `[https]` on 127.0.0.1 and a free port. `more`: lines of the section.
    std::string section(const std::string& more = "") const;
    /// "STATUS body" of GET /api/update?QUERY over HTTPS. `options`: of curl.
    std::string update(std::uint16_t port, const std::string& query,
                       const std::vector<std::string>& options = {}) const;

private:
    Folder folder_;
};

} // namespace support
