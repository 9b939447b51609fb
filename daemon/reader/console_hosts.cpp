#include "daemon/reader/console_hosts.h"

#include <algorithm>

#include "proto/ipc/console_setup.h"

namespace reader
{

namespace
{

ipc::ConfiguredKind kind_of(const config::Host& host) noexcept
{
    const auto has = [&host](dns::Type type) {
        return std::ranges::find(host.records, type, &config::Record::type) != host.records.end();
    };
    if (host.is_follower()) {
        return ipc::ConfiguredKind::follower;
    }
    if (host.is_dynamic()) {
        return ipc::ConfiguredKind::dynamic;
    }
    if (has(dns::Type::cname)) {
        return ipc::ConfiguredKind::alias;
    }
    return has(dns::Type::ns) ? ipc::ConfiguredKind::delegated : ipc::ConfiguredKind::fixed;
}

} // namespace

void add_configured_hosts(SetupWriter& out, const config::Config& config)
{
    ipc::ConfiguredHost message;
    for (const config::Host& host : config.hosts) {
        message.name = host.name;
        message.kind = kind_of(host);
        message.ttl = static_cast<std::uint32_t>(host.ttl.count());
        message.a = host.has_leaders_a ? config.hosts[host.leader.front().host].a : host.a;
        message.aaaa = host.aaaa;
        message.follows.reset();
        if (host.is_follower()) {
            message.follows = host.leader.front().name;
        }
        out.add(message);
    }
}

} // namespace reader
