// Tables that start as zeros, and of which each page takes memory once it is written to.
#pragma once

#include <cstddef>
#include <sys/mman.h>
#include <type_traits>
#include <utility>

#include "privsep/fail.h"

namespace common
{

/// Ends the process if there is no memory.
inline void* zeroed_pages(std::size_t bytes)
{
    void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        privsep::out_of_memory();
    }
    return pages;
}

/// An `Element` of zero bytes must be an empty one. Ends the process if there is no memory for the table.
template <typename Element, std::size_t count>
class ZeroedTable
{
public:
    ZeroedTable() : elements_(static_cast<Element*>(zeroed_pages(bytes))) {} // mmap(2) has made them
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

/// The same with a size that is known at run time.
template <typename Element>
class ZeroedList
{
public:
    ZeroedList() = default;
    explicit ZeroedList(std::size_t count)
        : bytes_(count * sizeof(Element)), elements_(static_cast<Element*>(zeroed_pages(bytes_)))
    {
    }
    ZeroedList(ZeroedList&& other) noexcept
        : bytes_(std::exchange(other.bytes_, 0)), elements_(std::exchange(other.elements_, nullptr))
    {
    }
    ZeroedList& operator=(ZeroedList&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        std::swap(elements_, other.elements_);
        return *this;
    }
    ~ZeroedList()
    {
        if (elements_ != nullptr) {
            ::munmap(elements_, bytes_);
        }
    }
    ZeroedList(const ZeroedList&) = delete;
    ZeroedList& operator=(const ZeroedList&) = delete;

    Element& operator[](std::size_t index) noexcept { return elements_[index]; }
    const Element& operator[](std::size_t index) const noexcept { return elements_[index]; }

private:
    static_assert(std::is_trivially_copyable_v<Element> && std::is_trivially_destructible_v<Element>);

    std::size_t bytes_ = 0;
    Element* elements_ = nullptr;
};

} // namespace common
