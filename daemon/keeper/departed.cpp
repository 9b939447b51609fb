#include "daemon/keeper/departed.h"

#include "proto/base/bytes.h"

namespace keeper
{

namespace
{

std::string key_of(const dns::Name& name)
{
    return std::string{base::as_text(name.lowered().wire())};
}

} // namespace

void Departed::set(const journal::HostEntry& host)
{
    std::string key = key_of(host.name);
    if (!has_data(host)) {
        hosts_.erase(key);
        return;
    }
    if (hosts_.size() >= most_hosts && !hosts_.contains(key)) {
        ++dropped_;
        return;
    }
    hosts_[std::move(key)] = {host.a, host.aaaa, host.expires, host.left, host.prefix};
}

void Departed::remove(const dns::Name& name)
{
    if (!hosts_.empty()) {
        hosts_.erase(key_of(name));
    }
}

journal::HostEntry Departed::entry_of(const Hosts::value_type& host) noexcept
{
    base::Reader in{base::as_bytes(host.first)};
    const Records& records = host.second;
    return {dns::Name::read(in, dns::Compression::forbidden),
            records.a,
            records.aaaa,
            records.expires,
            records.left,
            records.prefix};
}

} // namespace keeper
