#include "daemon/console/configured_hosts.h"

#include <algorithm>
#include <utility>

#include "proto/ipc/record.h"

namespace console
{

namespace
{

constexpr std::size_t length_bytes = 4; // before each record: proto/ipc/setup.h

} // namespace

/// Empty after the last one, and for a record that is cut off.
base::Bytes ConfiguredHosts::record_at(std::size_t offset) const noexcept
{
    base::Reader in{setup_.bytes().subspan(std::min(offset, setup_.bytes().size()))};
    return in.take(in.u32());
}

std::optional<ConfiguredHosts> ConfiguredHosts::read(privsep::Mapping setup)
{
    ConfiguredHosts result;
    result.setup_ = std::move(setup);
    const base::Bytes first = result.record_at(0);
    auto head = ipc::decode_one<ipc::ConsoleSetup>(first);
    if (!head) {
        return std::nullopt;
    }
    result.head_ = std::move(*head);
    result.begin_.offset = length_bytes + first.size();
    std::size_t offset = result.begin_.offset;
    for (std::uint32_t count = 0; count < result.head_.hosts; ++count) {
        const base::Bytes record = result.record_at(offset);
        if (record.empty()) {
            return std::nullopt;
        }
        offset += length_bytes + record.size();
    }
    return offset == result.setup_.bytes().size() ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<ipc::ConfiguredHost> ConfiguredHosts::next(Cursor& cursor) const
{
    const base::Bytes record = record_at(cursor.offset);
    auto host = ipc::decode_one<ipc::ConfiguredHost>(record);
    cursor.offset += length_bytes + record.size();
    ++cursor.index;
    return host;
}

std::optional<ipc::ConfiguredHost> ConfiguredHosts::find(const dns::CompactName& name) const
{
    const base::Bytes wanted = name.wire();
    Cursor cursor = begin_;
    for (base::Bytes record = record_at(cursor.offset); !record.empty(); record = record_at(cursor.offset)) {
        const base::Bytes fields = record.subspan(1); // after the tag
        if (fields.size() >= wanted.size() && std::ranges::equal(fields.first(wanted.size()), wanted)) {
            return next(cursor);
        }
        cursor.offset += length_bytes + record.size();
    }
    return std::nullopt;
}

} // namespace console
