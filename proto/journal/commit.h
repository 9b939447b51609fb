// The payload of a frame: one commit. It has the zone's serial and the time, and then entries.
//
// Version 1 of the format has entries for hosts and for the zone. Version 2 adds an entry for the clock, and
// for a host that was removed from the config, the time of the removal. Version 3 has another entry for
// hosts, with the prefix and with addresses that never expire, and adds one for challenges. Version 4 has
// another entry for hosts, with the last report.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/network.h"
#include "proto/base/time.h"
#include "proto/dns/name.h"
#include "proto/journal/format.h"

namespace journal
{

using Fingerprint = std::array<std::uint8_t, 32>;

/// The last success of an update of a host, and the last change of its addresses. All zeros: nothing is
/// known.
struct Report {
    base::UnixTime seen{};    ///< of a client, so not of an administrator; 0: never. Or see `is_awaited`
    base::UnixTime changed{}; ///< also if they expired; 0: never, or not known
    base::Address6 client;    ///< IPv4-mapped if it is an IPv4 address; `::`: not known, or an administrator
    std::uint32_t uid = 0;    ///< of an administrator
    std::uint8_t source = 0;  ///< a value of ipc::Dialect, or one of these
    /// It was never seen: `seen` is the time since when the config says that the host should report.
    bool is_awaited = false;
    static constexpr std::uint8_t nobody = 0;
    static constexpr std::uint8_t administrator = 253; ///< whose uid is not known
    static constexpr std::uint8_t administrator_with_uid = 254;
    static constexpr std::uint8_t administrator_claiming_uid = 255;
    base::UnixTime last_seen() const noexcept { return is_awaited ? base::UnixTime{} : seen; }
    friend bool operator==(const Report&, const Report&) = default;
};

/// The addresses of one host, with its name, so that they do not depend on the order of the config.
struct HostEntry {
    static constexpr std::uint8_t tag = 7;
    static constexpr std::uint8_t tag_of_version1 = 1;
    static constexpr std::uint8_t tag_of_removed2 = 4; ///< of version 2: the same fields, and `left`
    static constexpr std::uint8_t tag_of_version3 = 5; ///< all fields up to `prefix`
    dns::Name name;
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    base::UnixTime expires{}; ///< meaningful if there is an address or a prefix
    /// The time when the config was first seen without the host. Empty: the config has it.
    std::optional<base::UnixTime> left = std::nullopt;
    std::optional<base::Prefix6> prefix = std::nullopt; ///< of the host's network
    Report report{};
    /// If not, it has neither addresses nor a prefix here: the addresses in the config are valid.
    bool is_updated = true;
};

/// One TXT record at _acme-challenge.HOST.
struct ChallengeValue {
    std::array<std::uint8_t, 43> text{}; ///< base64url
    base::UnixTime expires{};
    friend bool operator==(const ChallengeValue&, const ChallengeValue&) = default;
};

/// All TXT records at _acme-challenge.HOST: at most two, the older one first.
class Challenge
{
public:
    static constexpr std::size_t most_values = 2;

    std::vector<ChallengeValue> values() const;
    bool empty() const noexcept { return count_ == 0; }
    /// Adds the value as the newest one, in place of the same text or, if it is full, of the oldest value.
    void add(const ChallengeValue& value);
    /// Removes the values for which `condition` holds.
    template <typename Condition>
    void remove_if(Condition&& condition)
    {
        std::vector<ChallengeValue> kept = values();
        std::erase_if(kept, condition);
        set(kept);
    }
    void clear() noexcept { count_ = 0; }
    /// Whether both have the same texts, in any order: then the zone has the same records.
    bool same_texts(const Challenge& other) const;
    friend bool operator==(const Challenge& left, const Challenge& right)
    {
        return left.values() == right.values();
    }

private:
    void set(std::span<const ChallengeValue> values) noexcept;

    // Not an array of ChallengeValue: with -ftrivial-auto-var-init, g++ 12 clears the padding of a struct
    // that has such an array in a member at wrong offsets, and so overwrites the texts.
    std::array<std::uint8_t, most_values * 43> texts_{};
    std::array<std::int64_t, most_values> expiries_{};
    std::uint8_t count_ = 0;
};

/// The challenge of one host.
struct ChallengeEntry {
    static constexpr std::uint8_t tag = 6;
    dns::Name name;
    Challenge challenge;
};

/// The part of the zone that comes from the config: a change of the fingerprint requires a new serial.
struct ZoneEntry {
    static constexpr std::uint8_t tag = 2;
    Fingerprint fingerprint{};
};

/// The moment from which lifetimes are counted.
struct ClockEntry {
    static constexpr std::uint8_t tag = 3;
    base::FixedPoint fixed;
};

/// The number of entries of any kind and size that fit into a commit.
inline constexpr std::size_t max_entries = 102;
/// Times before 1970 or after this (later than the year 30000) are neither written nor accepted.
inline constexpr base::Seconds max_time{std::int64_t{1} << 41};

/// Builds a payload. Only the constructor allocates memory.
class CommitWriter
{
public:
    CommitWriter()
        : room_(std::make_unique_for_overwrite<std::uint8_t[]>(max_payload)), out_({room_.get(), max_payload})
    {
    }
    CommitWriter(const CommitWriter&) = delete;
    CommitWriter& operator=(const CommitWriter&) = delete;
    ~CommitWriter() = default;

    /// `serial`: the zone's after the commit. `stamp`: the time of the commit.
    void begin(std::uint32_t serial, base::UnixTime stamp) noexcept;
    /// At most max_entries entries may be added after begin().
    void add(const HostEntry& host) noexcept;
    void add(const ChallengeEntry& challenge) noexcept;
    void add(const ZoneEntry& zone) noexcept;
    void add(const ClockEntry& clock) noexcept;

    std::size_t entries() const noexcept { return entries_; }
    Bytes payload() const noexcept { return out_.written(); }

private:
    std::unique_ptr<std::uint8_t[]> room_; // not initialised: pages that are never written cost no memory
    base::Writer out_;
    std::size_t entries_ = 0;
};

/// Receives the entries of commits, in their order.
class Sink
{
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;
    virtual void host(const HostEntry& entry) = 0;
    virtual void challenge(const ChallengeEntry& entry) = 0;
    virtual void zone(const ZoneEntry& entry) = 0;
    virtual void clock(const ClockEntry& entry) = 0;
};

struct CommitHead {
    std::uint32_t serial = 0;
    base::UnixTime stamp{};
};

/// Empty if the payload is malformed; the sink may have received some of its entries.
std::optional<CommitHead> read_commit(Bytes payload, Sink& sink);

} // namespace journal
