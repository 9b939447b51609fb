#include "daemon/keeper/origin.h"

#include "proto/base/text.h"

namespace keeper
{

namespace
{

using journal::Report;

std::uint8_t source_of(const ipc::Administrator& administrator) noexcept
{
    if (!administrator.uid) {
        return Report::administrator;
    }
    return administrator.is_claimed ? Report::administrator_claiming_uid : Report::administrator_with_uid;
}

} // namespace

ipc::Origin origin_of(const ipc::Propose& proposal) noexcept
{
    return {proposal.client_is_known ? std::optional{proposal.client} : std::nullopt, proposal.dialect, {}};
}

ipc::Origin origin_of(const Report& report) noexcept
{
    ipc::Origin origin;
    if (const auto dialect = static_cast<ipc::Dialect>(report.source); valid(dialect)) {
        origin.dialect = dialect;
        if (report.client != base::Address6{}) {
            origin.client = base::Address{report.client};
        }
    } else if (report.source >= Report::administrator) {
        const bool has_uid = report.source != Report::administrator;
        origin.administrator = {has_uid ? std::optional{report.uid} : std::nullopt,
                                report.source == Report::administrator_claiming_uid};
    }
    return origin;
}

Report report_after(const HostData& before, const HostData& after, const ipc::Origin& origin,
                    base::UnixTime now) noexcept
{
    Report report;
    report.seen = origin.administrator ? before.report.seen : now;
    report.is_awaited = origin.administrator && before.report.is_awaited;
    report.changed =
        after.same_records(before) && after.prefix == before.prefix ? before.report.changed : now;
    if (origin.administrator) {
        report.source = source_of(*origin.administrator);
        report.uid = origin.administrator->uid.value_or(0);
    } else {
        report.source = static_cast<std::uint8_t>(*origin.dialect);
        report.client = origin.client ? origin.client->as6() : base::Address6{};
    }
    return report;
}

} // namespace keeper
