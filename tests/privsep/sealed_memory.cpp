#include "privsep/sealed_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/support/sealed.h"

namespace
{

using privsep::UniqueFd;

constexpr unsigned noexec_seal = 8; // MFD_NOEXEC_SEAL, Linux 6.3
constexpr int exec_seal = 0x20;     // F_SEAL_EXEC
constexpr int all_but_shrink = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL;

TEST(SealedMemory, IsDistinguishedFromWritableMemory)
{
    EXPECT_TRUE(privsep::is_sealed(support::sealed(base::as_bytes("text"))));
    const UniqueFd open{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    EXPECT_FALSE(privsep::is_sealed(open));
    ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, all_but_shrink), 0);
    EXPECT_FALSE(privsep::is_sealed(open)) << "it can still be truncated";
    EXPECT_FALSE(privsep::is_sealed(UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)}));
    EXPECT_FALSE(privsep::is_sealed(UniqueFd{}));
}

// with the sysctl vm.memfd_noexec the kernel adds this seal to every memfd; kernels before Linux 6.3 do not
// have it
TEST(SealedMemory, MayHaveAnAdditionalSeal)
{
    const UniqueFd memory{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | noexec_seal)};
    if (memory) {
        ASSERT_EQ(::fcntl(memory.get(), F_ADD_SEALS, all_but_shrink | F_SEAL_SHRINK), 0);
        EXPECT_NE(::fcntl(memory.get(), F_GET_SEALS) & exec_seal, 0);
        EXPECT_TRUE(privsep::is_sealed(memory));
    }
}

} // namespace
