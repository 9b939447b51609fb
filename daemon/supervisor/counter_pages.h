// The pages in which children count (privsep/counter_page.h), if there is a process that reads them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "daemon/common/counters.h"
#include "daemon/supervisor/roles.h"
#include "privsep/counter_page.h"

namespace supervisor
{

/// A page has one writer. At a reload an old child may still run while the new one starts, so each place has
/// two pages, which generations use by turns. A page stays when its child has exited, and counts on.
struct CounterPage {
    privsep::CounterMemory memory;
    ipc::Role role{};
    std::uint16_t index = 0;
    unsigned turn = 0;
    bool was_used = false; ///< set for roles that have one child
};

class CounterPages
{
public:
    CounterPages() = default; ///< none
    explicit CounterPages(std::vector<CounterPage>&& pages) noexcept : pages_(std::move(pages)) {}

    /// The page of a child, to write; -1: it has none. From now on readable() has it.
    int writable(ipc::Role role, Place place, unsigned turn) noexcept
    {
        CounterPage* const page = find(role, place, turn);
        if (page != nullptr) {
            page->was_used = true;
        }
        return page != nullptr ? page->memory.writable.get() : -1;
    }
    /// Its child has exited: it has no certificate and no open connections.
    void clear(ipc::Role role, Place place, unsigned turn) noexcept
    {
        if (const CounterPage* const page = find(role, place, turn)) {
            privsep::clear_counters(page->memory.writable.get(), common::slots_to_clear);
        }
    }
    /// Those that were used, for the console (daemon/console/pages.h).
    std::vector<int> readable() const
    {
        std::vector<int> result;
        for (const CounterPage& page : pages_) {
            if (page.was_used) {
                result.push_back(page.memory.readable.get());
            }
        }
        return result;
    }

private:
    CounterPage* find(ipc::Role role, Place place, unsigned turn) noexcept
    {
        const auto found = std::ranges::find_if(pages_, [&](const CounterPage& page) {
            return page.role == role && page.index == place.index && page.turn == turn;
        });
        return found == pages_.end() ? nullptr : &*found;
    }

    std::vector<CounterPage> pages_;
};

} // namespace supervisor
