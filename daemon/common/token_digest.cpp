#include "daemon/common/token_digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

// OpenSSL 3 deprecates its low-level calls in favour of providers, which need all of libcrypto. The low-level
// calls keep a digest at 4 kB of memory (ARCHITECTURE.md, "Size").
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace common
{

ipc::Digest digest(base::Bytes first, base::Bytes second) noexcept
{
    ipc::Digest result{};
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, first.data(), first.size());
    SHA256_Update(&context, second.data(), second.size());
    SHA256_Final(result.data(), &context);
    OPENSSL_cleanse(&context, sizeof context);
    return result;
}

base::TokenHash hash_token(const base::Token& token, const ipc::Salt& salt) noexcept
{
    return hash_token(token.bytes(), salt);
}

base::TokenHash hash_token(base::Bytes token, const ipc::Salt& salt) noexcept
{
    return {digest(token, salt), salt};
}

bool equal_in_constant_time(const ipc::Digest& left, const ipc::Digest& right) noexcept
{
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace common
