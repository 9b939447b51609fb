// What a TLS server signs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keyholder_test
{

using Content = std::vector<std::uint8_t>;

/// RFC 8446 section 4.4.3.
inline Content tls13_content(std::size_t hash_bytes = 32)
{
    const std::string text = std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + '\0';
    Content content{text.begin(), text.end()};
    content.insert(content.end(), hash_bytes, 0x5A);
    return content;
}

/// RFC 8422 section 5.4.
inline Content tls12_content(std::uint8_t curve, std::size_t point_bytes)
{
    Content content(64, 0xA5);
    content.insert(content.end(), {3, 0, curve, static_cast<std::uint8_t>(point_bytes)});
    content.insert(content.end(), point_bytes, 4);
    return content;
}
inline Content tls12_x25519()
{
    return tls12_content(29, 32);
}
inline Content tls12_p256()
{
    return tls12_content(23, 65);
}

} // namespace keyholder_test
