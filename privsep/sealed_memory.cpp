#include "privsep/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privsep/fail.h"

namespace privsep
{

namespace
{

constexpr int all_seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

} // namespace

SealedMemory::SealedMemory(const char* name) : memory_(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING))
{
    require(static_cast<bool>(memory_), "memfd");
}

void SealedMemory::append(base::Bytes piece)
{
    while (!piece.empty()) {
        const ssize_t size = ::write(memory_.get(), piece.data(), piece.size());
        require(size > 0, "memfd");
        piece = piece.subspan(static_cast<std::size_t>(size));
    }
}

UniqueFd SealedMemory::seal() &&
{
    require(::fcntl(memory_.get(), F_ADD_SEALS, all_seals) == 0, // NOLINT(cppcoreguidelines-pro-type-vararg)
            "memfd");
    return std::move(memory_);
}

bool is_sealed(const UniqueFd& memory) noexcept
{
    // with the sysctl vm.memfd_noexec the kernel adds F_SEAL_EXEC
    const int seals = ::fcntl(memory.get(), F_GET_SEALS); // NOLINT(cppcoreguidelines-pro-type-vararg)
    return seals >= 0 && (seals & all_seals) == all_seals;
}

} // namespace privsep
