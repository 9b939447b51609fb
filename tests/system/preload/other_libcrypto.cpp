// Loaded before libcrypto (tests/system/trial.cpp): signs in another way, only in the keyholder.
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef MAKES_NO_CERTIFICATE

// NOLINTNEXTLINE(readability-identifier-naming): the name of libcrypto
extern "C" [[gnu::visibility("default")]] int X509_sign(void* /*certificate*/, void* /*key*/,
                                                        const void* /*digest*/)
{
    return 0;
}

#else

namespace
{

using Sign = int (*)(void*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);
const auto sign = reinterpret_cast<Sign>(::dlsym(RTLD_NEXT, "EVP_DigestSign"));

#ifdef REFUSED_A_CALL
bool may_sign() noexcept
{
    ::syscall(SYS_getpgid, 0); // no filter allows it
    return true;
}
#elif defined(FAILS_ONCE)
bool may_sign() noexcept
{
    static bool is_second = false;
    const bool may = is_second;
    is_second = true;
    return may;
}
#endif

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name of libcrypto
extern "C" [[gnu::visibility("default")]] int EVP_DigestSign(void* context, unsigned char* to,
                                                             std::size_t* size, const unsigned char* from,
                                                             std::size_t length)
{
    return std::strcmp(program_invocation_short_name, "nanodnsd-keyholder") == 0 && !may_sign()
               ? 0
               : sign(context, to, size, from, length);
}

#endif
