// What the console is told of a host.
#pragma once

#include <optional>

#include "daemon/keeper/ledger.h"
#include "proto/ipc/console.h"

namespace keeper
{

class HostRows
{
public:
    /// The ledger must outlive it.
    explicit HostRows(const Ledger& ledger) noexcept : ledger_(ledger), hosts_(ledger.table()) {}

    /// The first host or follower whose index in the config is not less; none if there is none.
    std::optional<PartNumber> first_from(ipc::HostIndex index) const noexcept;
    std::optional<PartNumber> find(const dns::Name& name) const noexcept;
    ipc::HostIndex index(PartNumber part) const noexcept;
    dns::Name name(PartNumber part) const noexcept;

    ipc::HostRow row(PartNumber part) const;
    ipc::Changed changed(std::uint64_t number) const;
    ipc::Summary summary() const;

private:
    ipc::HostRow row_of_host(HostNumber host) const;
    ipc::HostRow row_of_follower(PartNumber part, const Follower& follower) const;

    const Ledger& ledger_;
    const Hosts& hosts_;
};

} // namespace keeper
