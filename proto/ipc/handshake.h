// The messages between the updater that speaks TLS and the keyholder, which has the private key and signs
// what a handshake needs. Nothing else can be said: no key, no digest, nothing to decrypt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "proto/ipc/codec.h"

namespace ipc
{

/// How to sign: the numbers of RFC 8446 section 4.2.3, but only those that the server offers. Of TLS 1.2, the
/// numbers of ECDSA do not fix the curve.
enum class SignatureScheme : std::uint16_t {
    rsa_pkcs1_sha256 = 0x0401, ///< TLS 1.2 only, like the next two
    rsa_pkcs1_sha384 = 0x0501,
    rsa_pkcs1_sha512 = 0x0601,
    ecdsa_sha256 = 0x0403, ///< with P-256 if TLS 1.3
    ecdsa_sha384 = 0x0503, ///< with P-384 if TLS 1.3
    rsa_pss_sha256 = 0x0804,
    rsa_pss_sha384 = 0x0805,
    rsa_pss_sha512 = 0x0806,
    ed25519 = 0x0807,
};
constexpr bool valid(SignatureScheme scheme)
{
    const unsigned number = static_cast<unsigned>(scheme);
    const bool is_rsa = number == 0x0401 || number == 0x0501 || number == 0x0601;
    return is_rsa || number == 0x0403 || number == 0x0503 || (number >= 0x0804 && number <= 0x0807);
}

/// No more handshakes a second are signed. A processor of today accepts about as many.
inline constexpr std::uint32_t max_signatures_a_second = 2000;
/// Longer contents are not those of a handshake.
inline constexpr std::size_t max_signed_content = 146;
/// Of an RSA key with 4096 bits.
inline constexpr std::size_t max_signature = 512;

/// Asks for a signature of the content itself, so that the keyholder can check it.
struct Sign {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    SignatureScheme scheme = SignatureScheme::ecdsa_sha256;
    std::vector<std::uint8_t> content;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.scheme);
        code(m.content);
    }
};

struct Signed {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    std::vector<std::uint8_t> signature; ///< empty: refused
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.signature);
    }
};

using UpdaterToKeyholder = std::variant<Sign>;
using KeyholderToUpdater = std::variant<Signed>;

} // namespace ipc
