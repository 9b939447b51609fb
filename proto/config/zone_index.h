// The hosts of a config in the order of their names, to find what a name of the zone leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/config/config.h"
#include "proto/dns/name.h"

namespace config
{

bool has_records(const Host& host, dns::Type type) noexcept;
/// Now, or after an update.
bool has_addresses(const Host& host) noexcept;
/// Whether its name begins with the label "*" (RFC 4592 section 2.1.1).
bool is_wildcard(const Host& host) noexcept;

/// The first name of the zone that is looked for builds it, which is n log n in the hosts and linear in
/// their names; finding is log n. The config must stay as it is while this lives, and all its hosts lie in
/// the zone.
class ZoneIndex
{
public:
    enum class Place : std::uint8_t {
        outside,   ///< not in the zone
        delegated, ///< at a host with NS records or below one (RFC 1034 section 4.3.2, step 3b)
        present,   ///< a host, or a name that only has hosts below it
        wildcard,  ///< a name that a wildcard stands for (RFC 4592 section 3.3.1)
        missing,   ///< neither
    };
    struct Found {
        Place place = Place::outside;
        const Host* host = nullptr; ///< of that name, or the wildcard; may be nothing but for `wildcard`
        const Host* delegation = nullptr; ///< the topmost, where the place is `delegated`
    };

    explicit ZoneIndex(const Config& config) noexcept;

    Found find(const dns::Name& name);
    /// Whether any host has others than addresses: where none has, nothing leads from one host to another.
    bool has_other_records() const noexcept { return has_other_records_; }
    bool is_apex(const Host& host) const noexcept { return host.name.wire().size() == apex_size_; }

private:
    /// Of a host. Its key is its name below the apex, the last label first and a zero byte behind each: so
    /// the names below a name follow it, and their keys begin with its key.
    struct Entry {
        std::uint64_t front = 0; ///< the first bytes of the key as a number, which has the same order
        std::size_t key_at = 0;
        std::uint32_t host = 0;
        std::uint32_t delegation = none; ///< number of the entry at or above this one
        std::uint8_t key_size = 0;
    };
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    void build();
    /// Appended to `keys`; the name lies in the zone.
    void append_key(std::string& keys, base::Bytes wire) const;
    std::string_view key(const Entry& entry) const noexcept
    {
        return {keys_.data() + entry.key_at, entry.key_size};
    }
    void find_delegations();
    using Iterator = std::vector<Entry>::const_iterator;
    /// The first entry whose key is greater.
    Iterator first_behind(std::string_view key) const;
    /// The host whose entry stands before `behind`, where it has this key.
    const Host* host_before(Iterator behind, std::string_view key) const;
    const Host* find_wildcard(std::string_view key, Iterator behind) const;

    const Config& config_;
    std::size_t apex_size_; ///< of the domain, in bytes on the wire
    bool has_other_records_;
    std::string keys_;
    std::vector<Entry> entries_; ///< by key; empty: not built yet
};

} // namespace config
