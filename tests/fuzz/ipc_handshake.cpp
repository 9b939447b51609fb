// Properties: see round_trip.h, for each direction of the channel; and what the keyholder signs has exactly
// one of the two forms of a handshake, whose length is one of four.
#include <algorithm>
#include <cstdlib>

#include "daemon/keyholder/content.h"
#include "proto/ipc/handshake.h"
#include "tests/fuzz/round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const base::Bytes input{data, size};
    fuzz::read_and_write_back<ipc::UpdaterToKeyholder>(input);
    fuzz::read_and_write_back<ipc::KeyholderToUpdater>(input);
    const bool is_tls12 = keyholder::is_tls12_content(input);
    const bool is_tls13 = keyholder::is_tls13_content(input);
    const auto lengths = {std::size_t{100}, std::size_t{130}, std::size_t{133}, std::size_t{146}};
    const bool has_length = std::find(lengths.begin(), lengths.end(), size) != lengths.end();
    const bool may = keyholder::may_be_signed(ipc::SignatureScheme::ecdsa_sha256, input);
    if ((is_tls12 && is_tls13) || may != (is_tls12 || is_tls13) || (may && !has_length)) {
        std::abort();
    }
    return 0;
}
