#include "daemon/updater_tls/allocations.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <openssl/crypto.h>

#include "privsep/fail.h"

namespace updater_tls
{

namespace
{

/// OpenSSL's buffer for a message of 16384 bytes, its size when a handshake begins, has a third more.
constexpr std::size_t of_a_message = 22528;
/// A chain of this size fits in that buffer, since DER is shorter than PEM. For a longer one it is doubled.
constexpr std::size_t ordinary_chain = 16384;

std::size_t most = std::numeric_limits<std::size_t>::max();

void* allocate(std::size_t size, const char* /*file*/, int /*line*/)
{
    return size <= most ? std::malloc(size) : nullptr;
}

void* reallocate(void* old, std::size_t size, const char* /*file*/, int /*line*/)
{
    return size <= most ? std::realloc(old, size) : nullptr;
}

void release(void* old, const char* /*file*/, int /*line*/)
{
    std::free(old);
}

} // namespace

void watch_allocations()
{
    privsep::require(::CRYPTO_set_mem_functions(allocate, reallocate, release) == 1,
                     "CRYPTO_set_mem_functions");
}

void limit_allocations(std::size_t chain_bytes) noexcept
{
    most = std::max(of_a_message, chain_bytes > ordinary_chain ? 4 * chain_bytes : 0);
}

} // namespace updater_tls
