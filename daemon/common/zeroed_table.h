// A table of fixed size. It starts as zeros, and each page takes memory once it is written to.
#pragma once

#include <cstddef>
#include <sys/mman.h>
#include <type_traits>

#include "privsep/fail.h"

namespace common
{

/// An `Element` of zero bytes must be an empty one. Ends the process if there is no memory for the table.
template <typename Element, std::size_t count>
class ZeroedTable
{
public:
    ZeroedTable()
    {
        void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) {
            privsep::out_of_memory();
        }
        elements_ = static_cast<Element*>(pages); // mmap(2) has made them
    }
    ~ZeroedTable() { ::munmap(elements_, bytes); }
    ZeroedTable(const ZeroedTable&) = delete;
    ZeroedTable& operator=(const ZeroedTable&) = delete;

    Element& operator[](std::size_t index) noexcept { return elements_[index]; }
    const Element& operator[](std::size_t index) const noexcept { return elements_[index]; }

private:
    static_assert(std::is_aggregate_v<Element> && std::is_trivially_destructible_v<Element>);
    static constexpr std::size_t bytes = count * sizeof(Element);

    Element* elements_;
};

} // namespace common
