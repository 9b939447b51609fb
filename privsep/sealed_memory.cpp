#include "privsep/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privsep/fail.h"

namespace privsep
{

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
    require(::fcntl(memory_.get(), F_ADD_SEALS, // NOLINT(cppcoreguidelines-pro-type-vararg)
                    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0,
            "memfd");
    return std::move(memory_);
}

} // namespace privsep
