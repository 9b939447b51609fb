#include "daemon/console/rows.h"

#include <algorithm>
#include <vector>

#include "proto/base/text.h"

namespace console
{

namespace
{

namespace admin = ipc::admin;
constexpr const char* administrator = "administrator";

// the kinds have the same numbers
static_assert(static_cast<int>(admin::HostKind::dynamic) == static_cast<int>(ipc::ConfiguredKind::dynamic));
static_assert(static_cast<int>(admin::HostKind::delegated) ==
              static_cast<int>(ipc::ConfiguredKind::delegated));

/// The configured addresses, as many as a row has room for.
template <typename Address>
std::uint16_t fill(std::vector<Address>& list, const std::vector<Address>& configured)
{
    const std::size_t count = std::min(configured.size(), admin::HostRow::max_addresses);
    list.assign(configured.begin(), configured.begin() + static_cast<std::ptrdiff_t>(count));
    return static_cast<std::uint16_t>(configured.size() - count);
}

/// What the kernel has not said is not shown as a fact.
std::optional<std::uint32_t> known_uid(const std::optional<ipc::Administrator>& who)
{
    return who && !who->is_claimed ? who->uid : std::nullopt;
}

std::string by(const ipc::Origin& origin, const char* otherwise)
{
    if (origin.administrator) {
        return administrator;
    }
    return origin.dialect ? std::string{to_text(*origin.dialect)} : otherwise;
}

void add_kept(admin::HostRow& row, const ipc::HostRow& kept)
{
    row.acme_txt = kept.challenge;
    row.changed = kept.changed;
    row.seen = kept.seen;
    row.expires = kept.expires;
    row.lifetime = kept.lifetime;
    row.expect = kept.expect;
    row.overdue_since = kept.overdue_since;
    row.from = kept.origin.client;
    row.dialect = by(kept.origin, "");
    row.uid = known_uid(kept.origin.administrator);
    row.prefix = kept.prefix;
    if (kept.refused) {
        const ipc::RefusedAttempts& refused = *kept.refused;
        row.refused = admin::RefusedAttempts{refused.count,
                                             refused.since_success,
                                             refused.at,
                                             refused.from,
                                             std::string{to_text(refused.dialect)},
                                             std::string{to_text(refused.reason)}};
    }
}

} // namespace

admin::HostRow row_of(const ipc::ConfiguredHost& host, const KeptHost* known)
{
    const ipc::HostRow* const kept = known != nullptr ? &known->row : nullptr;
    admin::HostRow row;
    row.name = host.name;
    row.kind = static_cast<admin::HostKind>(host.kind);
    row.ttl = host.ttl;
    row.follows = host.follows;
    const bool is_kept = kept != nullptr && kept->kind != ipc::HostKind::fixed;
    if (!is_kept || kept->has_configured_a) {
        row.a_left_out = fill(row.a, host.a);
    } else if (kept->address4) {
        row.a = {*kept->address4};
    }
    if (!is_kept || kept->has_configured_aaaa) {
        row.aaaa_left_out = fill(row.aaaa, host.aaaa);
    } else if (kept->address6) {
        row.aaaa = {*kept->address6};
    }
    if (kept != nullptr) {
        add_kept(row, *kept);
    }
    return row;
}

admin::Changed change_of(const ipc::Changed& change)
{
    return {place_of(change.place),
            change.at,
            change.serial,
            change.name,
            {change.before.a, change.before.aaaa},
            {change.now.a, change.now.aaaa},
            by(change.origin, "expiry"),
            change.origin.client,
            known_uid(change.origin.administrator),
            change.has_configured_a};
}

std::string describe(const ipc::Administrator& who)
{
    return base::filled("an administrator, {}uid {}", {who.is_claimed ? "says " : "", who.uid.value_or(0)});
}

} // namespace console
