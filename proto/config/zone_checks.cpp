#include "proto/config/zone_checks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/address_kinds.h"
#include "proto/base/text.h"
#include "proto/config/cname_chains.h"
#include "proto/config/zone_index.h"
#include "proto/dns/text.h"

namespace config
{

namespace
{

using dns::Type;
using Place = ZoneIndex::Place;

constexpr std::size_t record_head = 12; // bytes: pointer, type, class, TTL, length

std::string key_of(Type type)
{
    return base::to_lower(dns::to_text(type));
}

/// For messages, without the trailing dot.
std::string shown_name(const dns::Name& name)
{
    const std::string text = name.to_text();
    return shown(std::string_view{text}.substr(0, text.size() - 1));
}

/// The target of an MX, SRV or NS record.
std::optional<dns::Name> target(const Record& record)
{
    std::size_t before = 0; // bytes
    switch (record.type) {
    case Type::mx: // RFC 1035 section 3.3.9
        before = 2;
        break;
    case Type::srv: // RFC 2782
        before = 6;
        break;
    case Type::ns:
        break;
    default:
        return std::nullopt;
    }
    base::Reader in{record.data};
    in.take(before);
    return dns::Name::read(in);
}

bool is_null_mx(const Record& record)
{
    return record.type == Type::mx && target(record)->is_root();
}

const Record* find(const Host& host, Type type) noexcept
{
    const auto found =
        std::ranges::find_if(host.records, [&](const Record& record) { return record.type == type; });
    return found == host.records.end() ? nullptr : &*found;
}

auto count(const Host& host, Type type) noexcept
{
    return std::count_if(host.records.begin(), host.records.end(),
                         [&](const Record& record) { return record.type == type; });
}

/// Where the token of a dynamic host is.
const char* opener(const Host& host) noexcept
{
    return host.secrets.empty() ? "group" : "token";
}

/// Checks one host at a time.
class HostChecks
{
public:
    HostChecks(const ZoneIndex& index, const CnameChains& chains, Errors& errors) noexcept
        : index_(index), chains_(chains), errors_(errors)
    {
    }

    void operator()(const Host& host) const
    {
        if (!host.records.empty()) {
            check_cname(host);
            check_ns(host);
            check_null_mx(host);
            check_size(host);
        }
        if (is_wildcard(host) && host.is_dynamic()) {
            errors_.add(host.at,
                        "{}: found a token for a wildcard, expected none: a wildcard cannot be "
                        "updated; use cname= with a host that can",
                        {opener(host)});
        }
    }

private:
    void report(const Record& record, base::Pattern pattern,
                std::initializer_list<base::Piece> pieces = {}) const
    {
        errors_.add(record.at, "{}: {}", {key_of(record.type), base::filled(pattern, pieces)});
    }

    void check_cname(const Host& host) const
    {
        const Record* const cname = find(host, Type::cname);
        if (cname == nullptr) {
            return;
        }
        if (index_.is_apex(host)) {
            report(*cname, "found a CNAME for the domain itself, expected other records: the domain always "
                           "has SOA and NS records (RFC 1034 section 3.6.2)");
        } else if (count(host, Type::cname) > 1) {
            const auto second = std::ranges::find_if(host.records, [&](const Record& record) {
                return record.type == Type::cname && &record != cname;
            });
            report(*second, "found a second CNAME, expected one per name (RFC 2181 section 10.1)");
        } else if (host.records.size() > 1 || !host.a.empty() || !host.aaaa.empty()) {
            report(*cname,
                   "found a CNAME with other records, expected only the CNAME (RFC 1034 section 3.6.2)");
        } else if (host.is_dynamic()) {
            report(*cname, "found a CNAME with a token, expected only the CNAME (RFC 1034 section 3.6.2)");
        } else {
            check_chain(*cname, chains_.status(host));
        }
    }

    void check_chain(const Record& cname, CnameChains::Status status) const
    {
        constexpr std::size_t max = CnameChains::max_length;
        if (status == CnameChains::Status::loop) {
            report(cname, "found a CNAME loop, expected a CNAME that leads to a host");
        } else if (status == CnameChains::Status::too_long) {
            report(cname, "found a chain of more than {} CNAMEs, expected at most {}", {max, max});
        }
    }

    void check_ns(const Host& host) const
    {
        const Record* const ns = find(host, Type::ns);
        if (ns == nullptr) {
            return;
        }
        if (index_.is_apex(host)) {
            report(*ns, "found a delegation of the domain itself, expected none: its own name servers are "
                        "nameserver=");
            return;
        }
        if (is_wildcard(host)) {
            report(*ns, "found a delegation of a wildcard, expected none: a wildcard cannot be delegated "
                        "(RFC 4592 section 4.2)");
            return;
        }
        const auto other = std::ranges::find_if(host.records, [](const Record& record) {
            return record.type != Type::ns && record.type != Type::cname; // check_cname() reports a CNAME
        });
        if (other != host.records.end()) {
            report(*other, "found a record of a delegated host, expected only ns, a and aaaa: it would never "
                           "be served");
        }
        if (host.is_dynamic()) {
            errors_.add(host.at, "{}: found a token for a delegated host, expected only ns, a and aaaa",
                        {opener(host)});
        }
    }

    void check_null_mx(const Host& host) const
    {
        const auto null = std::ranges::find_if(host.records, is_null_mx);
        if (null != host.records.end() && count(host, Type::mx) > 1) {
            report(*null,
                   "found \"0 .\" with another MX, expected it alone: it means that the host accepts no mail "
                   "(RFC 7505)");
        }
    }

    /// Addresses alone never exceed the limit (max_host_addresses), so the error is at another record.
    void check_size(const Host& host) const
    {
        std::size_t bytes = host.a.size() * (record_head + 4) + host.aaaa.size() * (record_head + 16);
        for (const Record& record : host.records) {
            bytes += record_head + record.data.size();
            if (bytes > max_name_bytes) {
                report(record, "found more than {} bytes of records for one name, expected at most {}",
                       {max_name_bytes, max_name_bytes});
                return;
            }
        }
    }

    const ZoneIndex& index_;
    const CnameChains& chains_;
    Errors& errors_;
};

/// Warns of targets without an address, and of texts that mean something else than they seem to.
class TargetChecks
{
public:
    TargetChecks(const Config& config, ZoneIndex& index, const CnameChains& chains, Errors& warnings)
        : config_(config), index_(index), chains_(chains), warnings_(warnings)
    {
        find_glue();
    }

    void operator()()
    {
        const Server& server = config_.server;
        for (std::size_t i = 0; i < server.name_servers.size(); ++i) {
            check(server.name_servers_at[i], "nameserver", server.name_servers[i], true);
            check_public(server.name_servers_at[i], server.name_servers[i]);
        }
        for (const Host& host : config_.hosts) {
            if (warnings_.full() || !index_.has_other_records()) {
                return;
            }
            check(host);
        }
    }

private:
    /// Finds the hosts below delegations that are used: their addresses are glue in referrals.
    void find_glue()
    {
        const bool any =
            index_.has_other_records() &&
            std::ranges::any_of(config_.hosts, [](const Host& host) { return has_records(host, Type::ns); });
        if (!any) {
            return;
        }
        glue_.resize(config_.hosts.size());
        for (const dns::Name& name : config_.server.name_servers) {
            mark_glue(name);
        }
        for (const Host& host : config_.hosts) {
            for (const Record& record : host.records) {
                if (record.type == Type::ns) {
                    mark_glue(*target(record));
                }
            }
        }
    }

    void mark_glue(const dns::Name& name)
    {
        const auto found = index_.find(name);
        if (found.place == Place::delegated && found.host != nullptr) {
            glue_[static_cast<std::size_t>(found.host - config_.hosts.data())] = 1;
        }
    }

    void check(const Host& host)
    {
        if (!glue_.empty() && glue_[static_cast<std::size_t>(&host - config_.hosts.data())] == 0) {
            const auto found = index_.find(host.name.get());
            if (found.delegation != nullptr && found.delegation != &host) {
                warnings_.add(host.at,
                              "host: found {} below the delegation {}, expected only its name servers there: "
                              "the host is never served",
                              {shown_name(host.name.get()), shown_name(found.delegation->name.get())});
                return;
            }
        }
        for (const Record& record : host.records) {
            if (const auto name = target(record)) {
                check(record.at, key_of(record.type), *name, record.type == Type::ns);
            } else if (record.type == Type::cname && chains_.status(host) == CnameChains::Status::dangling) {
                base::Reader in{record.data};
                warnings_.add(record.at, "cname: found {}, which does not exist, expected an existing name",
                              {shown_name(dns::Name::read(in))});
            } else if (record.type == Type::txt) {
                check_text(record);
            }
        }
    }

    /// SPF, DKIM and DMARC records start with "v=", and their readers join the strings without spaces (RFC
    /// 7208 section 3.3). If one string would have been long enough, several are probably unintended.
    void check_text(const Record& record)
    {
        constexpr std::size_t one_string = 1 + 255;
        base::Reader in{record.data};
        const base::Bytes first = in.take(in.u8());
        const bool is_policy = first.size() >= 2 && first[0] == 'v' && first[1] == '=' && first.back() != ' ';
        if (is_policy && in.left() != 0 && record.data.size() <= one_string) {
            warnings_.add(record.at,
                          "txt: found several strings, which clients join without spaces, expected "
                          "one quoted string, like \"v=spf1 -all\"");
        }
    }

    void check(Position at, std::string_view key, const dns::Name& name, bool is_name_server)
    {
        const auto found = index_.find(name);
        const bool has_address = found.host != nullptr && has_addresses(*found.host);
        if (found.place == Place::outside || has_address) {
            return;
        }
        std::string_view text;
        if (found.place == Place::delegated) {
            if (!is_name_server) {
                return; // the delegated zone has the address
            }
            text = ", which has no address here, expected a host with one: a delegation needs glue";
        } else if (found.place == Place::missing) {
            text = ", which does not exist, expected a host with an address";
        } else if (found.host != nullptr && has_records(*found.host, Type::cname)) {
            text = found.place == Place::wildcard
                       ? ", which is a CNAME from a wildcard, expected a host with an address"
                       : ", which is a CNAME, expected the name that it leads to (RFC 2181 section 10.3)";
        } else {
            text = ", which has no address, expected a host with one";
        }
        warnings_.add(at, "{}: found {}{}", {key, shown_name(name), text});
    }

    /// Resolvers on the internet are led to the addresses of the name servers.
    void check_public(Position at, const dns::Name& name)
    {
        const Host* const host = index_.find(name).host;
        if (host == nullptr) {
            return;
        }
        const auto is_public = [](const auto& address) { return base::is_public(address); };
        if (!std::ranges::all_of(host->a, is_public) || !std::ranges::all_of(host->aaaa, is_public)) {
            warnings_.add(
                at,
                "nameserver: found {}, which has an address that the internet cannot reach, expected "
                "public ones",
                {shown_name(name)});
        }
    }

    const Config& config_;
    ZoneIndex& index_;
    const CnameChains& chains_;
    Errors& warnings_;
    std::vector<std::uint8_t> glue_; ///< 1 or 0 by index of the host; empty if nothing is delegated
};

} // namespace

void check_zone(const Config& config, ZoneIndex& index, Errors& errors, Errors& warnings)
{
    const CnameChains chains{config, index};
    const HostChecks check{index, chains, errors};
    for (const Host& host : config.hosts) {
        if (errors.full()) {
            return;
        }
        check(host);
    }
    TargetChecks{config, index, chains, warnings}();
}

} // namespace config
