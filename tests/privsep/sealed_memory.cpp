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

TEST(SealedMemory, IsToldFromWhatCanStillBeChanged)
{
    EXPECT_TRUE(privsep::is_sealed(support::sealed(base::as_bytes("text"))));
    const UniqueFd open{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    EXPECT_FALSE(privsep::is_sealed(open));
    ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, all_but_shrink), 0);
    EXPECT_FALSE(privsep::is_sealed(open)) << "a part of it can be taken away";
    EXPECT_FALSE(privsep::is_sealed(UniqueFd{::open("/dev/null", O_RDWR | O_CLOEXEC)}));
    EXPECT_FALSE(privsep::is_sealed(UniqueFd{}));
}

// as the kernel makes all memory where vm.memfd_noexec is set; an older one than Linux 6.3 knows no such
// thing
TEST(SealedMemory, MayHaveASealMore)
{
    const UniqueFd memory{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING | noexec_seal)};
    if (memory) {
        ASSERT_EQ(::fcntl(memory.get(), F_ADD_SEALS, all_but_shrink | F_SEAL_SHRINK), 0);
        EXPECT_NE(::fcntl(memory.get(), F_GET_SEALS) & exec_seal, 0);
        EXPECT_TRUE(privsep::is_sealed(memory));
    }
}

} // namespace
