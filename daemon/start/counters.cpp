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

} // namespace

CounterPages make_counter_pages(const Table& table, const Sockets& sockets)
{
    std::vector<CounterPage> pages;
    if (!has_reader(table, sockets)) {
        return {};
    }
    for (const bool are_several : {false, true}) {
        for (const Role& role : table.roles) {
            if (!role.counts || (role.count == Count::one_per_worker) != are_several) {
                continue;
            }
            for (std::uint16_t index = 0; index < (are_several ? ipc::max_workers : 1); ++index) {
                for (const unsigned turn : {0U, 1U}) {
                    pages.push_back({privsep::make_counter_memory(), role.id, index, turn, !are_several});
                }
            }
        }
    }
    return CounterPages{std::move(pages)};
}

} // namespace supervisor
