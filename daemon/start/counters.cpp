#include "daemon/start/counters.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "proto/ipc/config.h"

namespace supervisor
{

namespace
{

bool has_reader(const Table& table, const Sockets& sockets)
{
    return std::ranges::any_of(table.roles, [&](const Role& role) {
        return role.reads_counters && std::ranges::any_of(role.services, [&](ipc::Service service) {
                   return !sockets.of(service).empty();
               });
    });
}

/// Two for each process that there can be: at a reload, the old and the new one run at once.
void add_pages_of(const Role& role, std::vector<CounterPage>& pages)
{
    const bool is_one = role.count != Count::one_per_worker;
    const std::size_t most = is_one ? 1 : ipc::max_workers;
    for (std::size_t index = 0; index < most; ++index) {
        for (const unsigned turn : {0U, 1U}) {
            pages.push_back(
                {privsep::make_counter_memory(), role.id, static_cast<std::uint16_t>(index), turn, is_one});
        }
    }
}

} // namespace

CounterPages make_counter_pages(const Table& table, const Sockets& sockets)
{
    if (!has_reader(table, sockets)) {
        return {};
    }
    std::vector<CounterPage> pages;
    for (const bool are_several : {false, true}) { // the order in which the console reads them
        for (const Role& role : table.roles) {
            if (role.counts && (role.count == Count::one_per_worker) == are_several) {
                add_pages_of(role, pages);
            }
        }
    }
    return CounterPages{std::move(pages)};
}

} // namespace supervisor
