// The setup of the keyholder (proto/ipc/setup.h).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proto/ipc/setup.h"

namespace ipc
{

/// All of a keyholder's setup. Its descriptors: the certificate, the key, then the channel to the updater
/// that speaks TLS.
struct KeyholderSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::string certificate_path; ///< both for messages
    std::string key_path;
    std::vector<dns::Name> name_servers; ///< the certificate is probably for one of them
    std::string certificate_at{};        ///< before messages: the places of the paths in the config
    std::string key_at{};
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.certificate_path);
        code(m.key_path);
        code(m.name_servers);
        code(m.certificate_at);
        code(m.key_at);
    }
};
using KeyholderPart = std::variant<KeyholderSetup>;

} // namespace ipc
