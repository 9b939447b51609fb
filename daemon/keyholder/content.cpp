#include "daemon/keyholder/content.h"

#include <algorithm>
#include <string_view>

namespace keyholder
{

namespace
{

using ipc::SignatureScheme;

constexpr std::size_t padding = 64;
constexpr std::string_view context{"TLS 1.3, server CertificateVerify\0", 34};
constexpr std::size_t sha256_bytes = 32;
constexpr std::size_t sha384_bytes = 48;
static_assert(padding + context.size() + sha384_bytes == ipc::max_signed_content);

constexpr std::size_t random_bytes = 32;
constexpr std::uint8_t named_curve = 3; // RFC 8422 section 5.4
constexpr std::uint16_t p256 = 23;      // RFC 8422 section 5.1.1
constexpr std::uint16_t x25519 = 29;
constexpr std::size_t p256_point = 65; // uncompressed
constexpr std::uint8_t uncompressed = 4;
constexpr std::size_t x25519_point = 32;

bool is_only_of_tls12(SignatureScheme scheme) noexcept
{
    return scheme == SignatureScheme::rsa_pkcs1_sha256 || scheme == SignatureScheme::rsa_pkcs1_sha384 ||
           scheme == SignatureScheme::rsa_pkcs1_sha512;
}

} // namespace

bool is_tls13_content(base::Bytes content) noexcept
{
    base::Reader in{content};
    const base::Bytes spaces = in.take(padding);
    const bool has_form = std::ranges::all_of(spaces, [](std::uint8_t byte) { return byte == ' '; }) &&
                          base::as_text(in.take(context.size())) == context;
    return in.ok() && has_form && (in.left() == sha256_bytes || in.left() == sha384_bytes);
}

bool is_tls12_content(base::Bytes content) noexcept
{
    base::Reader in{content};
    in.take(2 * random_bytes);
    const bool is_named = in.u8() == named_curve;
    const std::uint16_t curve = in.u16();
    const base::Bytes point = in.take(in.u8());
    const bool is_point = (curve == x25519 && point.size() == x25519_point) ||
                          (curve == p256 && point.size() == p256_point && point[0] == uncompressed);
    return in.finished() && is_named && is_point;
}

bool may_be_signed(SignatureScheme scheme, base::Bytes content) noexcept
{
    return is_tls12_content(content) || (!is_only_of_tls12(scheme) && is_tls13_content(content));
}

} // namespace keyholder
