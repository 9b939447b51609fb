// A sorted index of the hosts of a config: it finds what a query for a name of the zone would find.
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
/// Whether it has addresses, or can have after an update.
bool has_addresses(const Host& host) noexcept;
/// Whether the first label of its name is "*" (RFC 4592 section 2.1.1).
bool is_wildcard(const Host& host) noexcept;

/// It is built by the first find(), in O(n log n) for n hosts; each later find() is O(log n). All hosts must
/// be in the zone, and the config must not change while this exists.
class ZoneIndex
{
public:
    enum class Place : std::uint8_t {
        outside,   ///< not in the zone
        delegated, ///< at or below a host with NS records (RFC 1034 section 4.3.2, step 3b)
        present,   ///< a host, or an empty non-terminal: a name that only has hosts below it
        wildcard,  ///< covered by a wildcard (RFC 4592 section 3.3.1)
        missing,   ///< in the zone, but none of these
    };
    struct Found {
        Place place = Place::outside;
        const Host* host = nullptr;       ///< the host with this name, or the wildcard; null if there is none
        const Host* delegation = nullptr; ///< the topmost one, if the place is `delegated`
    };

    /// `includes`: which hosts there are for find(); null: all.
    explicit ZoneIndex(const Config& config, bool (*includes)(const Host&) = nullptr) noexcept;

    Found find(const dns::Name& name);
    /// Whether any host has records other than addresses. If not, no host refers to another.
    bool has_other_records() const noexcept { return has_other_records_; }
    bool is_apex(const Host& host) const noexcept { return host.name.wire().size() == apex_size_; }

private:
    /// The key is the host's name below the apex: the last label first, and a zero byte after each label. In
    /// this order the names below a name follow it, and their keys start with its key.
    struct Entry {
        std::uint64_t front = 0; ///< the first bytes of the key as a number, which sorts the same way
        std::size_t key_at = 0;
        std::uint32_t host = 0;
        std::uint32_t delegation = none; ///< index of the entry of the delegation at or above this one
        std::uint8_t key_size = 0;
    };
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    void build();
    /// Appends the key of a name, which must be in the zone.
    void append_key(std::string& keys, base::Bytes wire) const;
    std::string_view key(const Entry& entry) const noexcept
    {
        return {keys_.data() + entry.key_at, entry.key_size};
    }
    void find_delegations();
    using Iterator = std::vector<Entry>::const_iterator;
    /// The first entry with a greater key.
    Iterator first_after(std::string_view key) const;
    /// The host of the entry before `next`; null if that entry has another key.
    const Host* host_before(Iterator next, std::string_view key) const;
    const Host* find_wildcard(std::string_view key, Iterator next) const;

    const Config& config_;
    bool (*includes_)(const Host&);
    std::size_t apex_size_; ///< bytes of the domain in wire form
    bool has_other_records_;
    std::string keys_;
    std::vector<Entry> entries_; ///< sorted by key; empty: not built yet
};

} // namespace config
