// Answers for the tests of nanodnsd --init.
#pragma once

#include <array>
#include <string>

#include "daemon/init/answers.h"

namespace init_test
{

/// The reason of the first refusal; empty if all answers are taken.
inline std::string take_all(const std::array<std::string, 6>& texts, init::Answers& answers)
{
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::string error = init::take(init::questions()[i], texts[i], answers);
        if (!error.empty()) {
            return error;
        }
    }
    return "";
}

/// In the order of the questions: domain, name server, email, host, IPv4, IPv6.
inline const std::array<std::string, 6> in_zone = {
    "dyn.mydomain.test", "ns.dyn.mydomain.test", "hostmaster@mydomain.test", "home",
    "192.0.2.53",        "2001:db8::53"};

} // namespace init_test
