// The payload of a frame: what one commit says. Serial and time after it, then entries.
//
// Version 1 of the format has hosts and the zone. Version 2 has the clock, too, and of a host that the config
// no longer has since when.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/time.h"
#include "proto/dns/name.h"
#include "proto/journal/format.h"

namespace journal
{

using Fingerprint = std::array<std::uint8_t, 32>;

/// The whole dynamic state of one host, kept by name: it does not depend on the order of the config.
struct HostEntry {
    static constexpr std::uint8_t tag = 1;
    static constexpr std::uint8_t tag_of_departed = 4; ///< the same, and `left`
    dns::Name name;
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    base::UnixTime expires{}; ///< means something where there is an address
    /// When the config was first seen without the host. Nothing: the config had it.
    std::optional<base::UnixTime> left = std::nullopt;
};

/// What the config said of the zone's contents.
struct ZoneEntry {
    static constexpr std::uint8_t tag = 2;
    Fingerprint fingerprint{};
};

/// What lifetimes are counted from.
struct ClockEntry {
    static constexpr std::uint8_t tag = 3;
    base::FixedPoint fixed;
};

/// Entries a commit that always fit.
inline constexpr std::size_t max_entries = 63;
/// Times before 1970 or behind this are not stored and not taken: past the year 30000.
inline constexpr base::Seconds max_time{std::int64_t{1} << 41};

/// Builds a payload in place; allocates when it is made and never again.
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

    /// `serial` is the zone's after the commit, `stamp` the time of it.
    void begin(std::uint32_t serial, base::UnixTime stamp) noexcept;
    /// At most max_entries of all kinds after a begin().
    void add(const HostEntry& host) noexcept;
    void add(const ZoneEntry& zone) noexcept;
    void add(const ClockEntry& clock) noexcept;

    std::size_t entries() const noexcept { return entries_; }
    Bytes payload() const noexcept { return out_.written(); }

private:
    std::unique_ptr<std::uint8_t[]> room_; // memory that is never written to is never taken
    base::Writer out_;
    std::size_t entries_ = 0;
};

/// Told what commits say, in their order.
class Sink
{
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;
    virtual void host(const HostEntry& entry) = 0;
    virtual void zone(const ZoneEntry& entry) = 0;
    virtual void clock(const ClockEntry& entry) = 0;
};

struct CommitHead {
    std::uint32_t serial = 0;
    base::UnixTime stamp{};
};

/// Nothing where the payload is malformed; the sink may then have heard some of it.
std::optional<CommitHead> read_commit(Bytes payload, Sink& sink);

} // namespace journal
