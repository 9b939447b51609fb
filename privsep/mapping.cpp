#include "privsep/mapping.h"

#include <sys/mman.h>
#include <unistd.h>

#include "privsep/fail.h"

namespace privsep
{

Mapping::Mapping(int fd)
{
    const off_t size = ::lseek(fd, 0, SEEK_END);
    // all of it will be read: MAP_POPULATE avoids a page fault for every few pages
    void* const memory = size > 0 ? ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ,
                                           MAP_PRIVATE | MAP_POPULATE, fd, 0)
                                  : nullptr;
    require(size >= 0 && memory != MAP_FAILED, // NOLINT(performance-no-int-to-ptr): the macro's own cast
            "reading the setup");
    bytes_ = {static_cast<const std::uint8_t*>(memory), static_cast<std::size_t>(size)};
}

void Mapping::unmap() noexcept
{
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
    }
}

} // namespace privsep
