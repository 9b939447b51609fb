// Reads and checks the certificate and its private key.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

#include "daemon/keyholder/openssl.h"
#include "proto/base/bytes.h"
#include "proto/dns/name.h"

namespace keyholder
{

inline constexpr std::size_t max_chain_bytes = std::size_t{64} << 10;
inline constexpr std::size_t max_key_bytes = std::size_t{16} << 10;
inline constexpr int min_rsa_bits = 2048;
inline constexpr int max_rsa_bits = 4096; ///< a signature must fit in a record

/// The content of the two files, and what messages call them.
struct KeyFiles {
    std::string certificate_path;
    std::string key_path;
    base::Bytes certificate;
    base::Bytes key;
    std::string certificate_at{}; ///< before messages: the places of the paths in the config
    std::string key_at{};
};

struct Checked {
    std::string error; ///< one sentence that begins with the place and the path; empty: it can be used
    std::vector<std::string>
        warnings; ///< the pair can be used all the same, since a clock may be unset at boot
    Key key;      ///< none if there is an error
};

/// Checks all that can be wrong with the pair. `names`: those of the name servers, one of which the
/// certificate should be for. `now`: the wall clock.
Checked check(const KeyFiles& files, const std::vector<dns::Name>& names, std::time_t now);

} // namespace keyholder
