#include "proto/journal/commit.h"

namespace journal
{

namespace
{

constexpr std::uint8_t has_a = 1;
constexpr std::uint8_t has_aaaa = 2;

constexpr std::size_t largest_entry = 1 + dns::Name::max_wire_bytes + 1 + 4 + 16 + 8 + 8;
static_assert(4 + 8 + max_entries * largest_entry <= max_payload);

base::UnixTime read_time(base::Reader& in) noexcept
{
    const std::uint64_t seconds = in.u64();
    if (seconds > static_cast<std::uint64_t>(max_time.count())) {
        in.fail();
        return {};
    }
    return base::UnixTime{base::Seconds{static_cast<std::int64_t>(seconds)}};
}

void write_time(base::Writer& out, base::UnixTime time) noexcept
{
    out.u64(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

HostEntry read_host(base::Reader& in, bool is_removed) noexcept
{
    HostEntry entry;
    entry.name = dns::Name::read(in, dns::Compression::forbidden);
    const std::uint8_t families = in.u8();
    if (families > (has_a | has_aaaa)) {
        in.fail();
    }
    if ((families & has_a) != 0) {
        entry.a = base::Address4{in.bytes<4>()};
    }
    if ((families & has_aaaa) != 0) {
        entry.aaaa = base::Address6{in.bytes<16>()};
    }
    entry.expires = read_time(in);
    if (is_removed) {
        entry.left = read_time(in);
    }
    return entry;
}

ClockEntry read_clock(base::Reader& in) noexcept
{
    ClockEntry entry;
    entry.fixed.boot = in.bytes<16>();
    entry.fixed.time = read_time(in);
    const std::uint64_t uptime = in.u64();
    if (uptime >= static_cast<std::uint64_t>(base::max_uptime.count())) {
        in.fail();
        return {};
    }
    entry.fixed.uptime = base::Uptime{static_cast<std::int64_t>(uptime)};
    return entry;
}

/// Reads the rest of an entry after its tag.
void read_entry(std::uint8_t tag, base::Reader& in, Sink& sink)
{
    if (tag == HostEntry::tag || tag == HostEntry::tag_of_removed) {
        const HostEntry entry = read_host(in, tag == HostEntry::tag_of_removed);
        if (in.ok()) {
            sink.host(entry);
        }
    } else if (tag == ZoneEntry::tag) {
        const ZoneEntry entry{in.bytes<32>()};
        if (in.ok()) {
            sink.zone(entry);
        }
    } else if (tag == ClockEntry::tag) {
        const ClockEntry entry = read_clock(in);
        if (in.ok()) {
            sink.clock(entry);
        }
    } else {
        in.fail();
    }
}

} // namespace

void CommitWriter::begin(std::uint32_t serial, base::UnixTime stamp) noexcept
{
    out_.rewind(0);
    entries_ = 0;
    out_.u32(serial);
    write_time(out_, stamp);
}

void CommitWriter::add(const HostEntry& host) noexcept
{
    ++entries_;
    out_.u8(host.left ? HostEntry::tag_of_removed : HostEntry::tag);
    out_.bytes(host.name.wire());
    out_.u8(static_cast<std::uint8_t>((host.a ? has_a : 0) | (host.aaaa ? has_aaaa : 0)));
    if (host.a) {
        out_.bytes(host.a->bytes);
    }
    if (host.aaaa) {
        out_.bytes(host.aaaa->bytes);
    }
    write_time(out_, host.expires);
    if (host.left) {
        write_time(out_, *host.left);
    }
}

void CommitWriter::add(const ZoneEntry& zone) noexcept
{
    ++entries_;
    out_.u8(ZoneEntry::tag);
    out_.bytes(zone.fingerprint);
}

void CommitWriter::add(const ClockEntry& clock) noexcept
{
    ++entries_;
    out_.u8(ClockEntry::tag);
    out_.bytes(clock.fixed.boot);
    write_time(out_, clock.fixed.time);
    out_.u64(static_cast<std::uint64_t>(clock.fixed.uptime.count()));
}

std::optional<CommitHead> read_commit(Bytes payload, Sink& sink)
{
    base::Reader in{payload};
    const CommitHead head{in.u32(), read_time(in)};
    while (in.left() != 0) {
        read_entry(in.u8(), in, sink);
    }
    return in.finished() ? std::optional{head} : std::nullopt;
}

} // namespace journal
