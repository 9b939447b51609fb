#include "proto/journal/commit.h"

namespace journal
{

namespace
{

constexpr std::uint8_t has_a = 1;
constexpr std::uint8_t has_aaaa = 2;

constexpr std::size_t largest_entry = 1 + dns::Name::max_wire_octets + 1 + 4 + 16 + 8;
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

HostEntry read_host(base::Reader& in) noexcept
{
    HostEntry entry;
    entry.name = dns::Name::read(in, dns::Compression::forbidden);
    const std::uint8_t families = in.u8();
    if (families > (has_a | has_aaaa)) {
        in.fail();
    }
    if ((families & has_a) != 0) {
        entry.a = base::Address4{in.octets<4>()};
    }
    if ((families & has_aaaa) != 0) {
        entry.aaaa = base::Address6{in.octets<16>()};
    }
    entry.expires = read_time(in);
    return entry;
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
    out_.u8(HostEntry::tag);
    out_.bytes(host.name.wire());
    out_.u8(static_cast<std::uint8_t>((host.a ? has_a : 0) | (host.aaaa ? has_aaaa : 0)));
    if (host.a) {
        out_.bytes(host.a->octets);
    }
    if (host.aaaa) {
        out_.bytes(host.aaaa->octets);
    }
    write_time(out_, host.expires);
}

void CommitWriter::add(const ZoneEntry& zone) noexcept
{
    ++entries_;
    out_.u8(ZoneEntry::tag);
    out_.bytes(zone.fingerprint);
}

std::optional<CommitHead> read_commit(Bytes payload, Sink& sink)
{
    base::Reader in{payload};
    const CommitHead head{in.u32(), read_time(in)};
    while (in.left() != 0) {
        const std::uint8_t tag = in.u8();
        if (tag == HostEntry::tag) {
            const HostEntry entry = read_host(in);
            if (in.ok()) {
                sink.host(entry);
            }
        } else if (tag == ZoneEntry::tag) {
            const ZoneEntry entry{in.octets<32>()};
            if (in.ok()) {
                sink.zone(entry);
            }
        } else {
            in.fail();
        }
    }
    return in.finished() ? std::optional{head} : std::nullopt;
}

} // namespace journal
