#include "proto/journal/commit.h"

namespace journal
{

namespace
{

// what follows in an entry of a host
constexpr std::uint8_t has_a = 1;
constexpr std::uint8_t has_aaaa = 2;
constexpr std::uint8_t has_prefix = 4;
constexpr std::uint8_t has_expiry = 8; ///< if not, the addresses never expire
constexpr std::uint8_t has_left = 16;
constexpr std::uint8_t has_report = 32;
constexpr std::uint8_t was_not_updated = 64;
constexpr std::uint8_t is_awaited = 128; ///< the report says so

constexpr std::size_t report_bytes = 8 + 8 + 16 + 4 + 1;
constexpr std::size_t largest_host = 1 + dns::Name::max_wire_bytes + 1 + 4 + 16 + 17 + 8 + 8 + report_bytes;
constexpr std::size_t largest_challenge =
    1 + dns::Name::max_wire_bytes + 1 + Challenge::most_values * (43 + 8);
static_assert(4 + 8 + max_entries * std::max(largest_host, largest_challenge) <= max_payload);

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

base::Prefix6 read_prefix(base::Reader& in) noexcept
{
    const base::Prefix6 prefix{base::Address6{in.bytes<16>()}, in.u8()};
    if (prefix.length > 128 || base::prefix_of(prefix.address, prefix.length) != prefix) {
        in.fail();
        return {};
    }
    return prefix;
}

Report read_report(base::Reader& in) noexcept
{
    const Report report{read_time(in), read_time(in), base::Address6{in.bytes<16>()}, in.u32(), in.u8()};
    if (report == Report{}) { // is not written
        in.fail();
    }
    return report;
}

void write_report(base::Writer& out, const Report& report) noexcept
{
    write_time(out, report.seen);
    write_time(out, report.changed);
    out.bytes(report.client.bytes);
    out.u32(report.uid);
    out.u8(report.source);
}

/// Reads an entry, after its tag, of which these fields may be there.
HostEntry read_host(base::Reader& in, std::uint8_t allowed, std::uint8_t implied) noexcept
{
    HostEntry entry;
    entry.name = dns::Name::read(in, dns::Compression::forbidden);
    const std::uint8_t given = in.u8();
    if ((given & ~allowed) != 0) {
        in.fail();
    }
    const unsigned fields = given | implied;
    if ((fields & has_a) != 0) {
        entry.a = base::Address4{in.bytes<4>()};
    }
    if ((fields & has_aaaa) != 0) {
        entry.aaaa = base::Address6{in.bytes<16>()};
    }
    if ((fields & has_prefix) != 0) {
        entry.prefix = read_prefix(in);
    }
    entry.expires = (fields & has_expiry) != 0 ? read_time(in) : base::UnixTime{base::never};
    if ((fields & has_left) != 0) {
        entry.left = read_time(in);
    }
    if ((fields & has_report) != 0) {
        entry.report = read_report(in);
    }
    entry.report.is_awaited = (fields & is_awaited) != 0;
    if (entry.report.is_awaited && entry.report.seen == base::UnixTime{}) {
        in.fail();
    }
    entry.is_updated = (fields & was_not_updated) == 0;
    if (!entry.is_updated && (fields & (has_a | has_aaaa | has_prefix)) != 0) {
        in.fail();
    }
    return entry;
}

/// Empty if the tag is not that of a host.
std::optional<HostEntry> read_host(std::uint8_t tag, base::Reader& in) noexcept
{
    constexpr std::uint8_t families = has_a | has_aaaa;
    constexpr std::uint8_t of_version3 = families | has_prefix | has_expiry | has_left;
    switch (tag) {
    case HostEntry::tag:
        return read_host(in, of_version3 | has_report | was_not_updated | is_awaited, 0);
    case HostEntry::tag_of_version3:
        return read_host(in, of_version3, 0);
    case HostEntry::tag_of_version1:
        return read_host(in, families, has_expiry);
    case HostEntry::tag_of_removed2:
        return read_host(in, families, has_expiry | has_left);
    default:
        return std::nullopt;
    }
}

ChallengeEntry read_challenge(base::Reader& in) noexcept
{
    ChallengeEntry entry;
    entry.name = dns::Name::read(in, dns::Compression::forbidden);
    const std::uint8_t count = in.u8();
    if (count > Challenge::most_values) {
        in.fail();
        return entry;
    }
    for (std::uint8_t i = 0; i < count; ++i) {
        entry.challenge.add({in.bytes<43>(), read_time(in)});
    }
    if (entry.challenge.values().size() != count) { // the same value twice
        in.fail();
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
    if (const auto host = read_host(tag, in)) {
        if (in.ok()) {
            sink.host(*host);
        }
    } else if (tag == ChallengeEntry::tag) {
        const ChallengeEntry entry = read_challenge(in);
        if (in.ok()) {
            sink.challenge(entry);
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

std::vector<ChallengeValue> Challenge::values() const
{
    std::vector<ChallengeValue> values(count_);
    base::Reader in{texts_};
    for (std::size_t i = 0; i < count_; ++i) {
        values[i] = {in.bytes<43>(), base::UnixTime{base::Seconds{expiries_[i]}}};
    }
    return values;
}

void Challenge::set(std::span<const ChallengeValue> values) noexcept
{
    base::Writer out{texts_};
    count_ = 0;
    for (const ChallengeValue& value : values) {
        out.bytes(value.text);
        expiries_[count_++] = value.expires.time_since_epoch().count();
    }
}

void Challenge::add(const ChallengeValue& value)
{
    std::vector<ChallengeValue> all = values();
    std::erase_if(all, [&](const ChallengeValue& old) { return old.text == value.text; });
    all.push_back(value);
    set(std::span{all}.last(std::min(all.size(), most_values)));
}

bool Challenge::same_texts(const Challenge& other) const
{
    const auto others = other.values();
    const auto has = [&](const ChallengeValue& value) {
        return std::ranges::any_of(others, [&](const ChallengeValue& o) { return o.text == value.text; });
    };
    return count_ == other.count_ && std::ranges::all_of(values(), has);
}

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
    const bool expires = host.expires != base::UnixTime{base::never};
    const bool reported = host.report != Report{};
    out_.u8(HostEntry::tag);
    out_.bytes(host.name.wire());
    out_.u8(static_cast<std::uint8_t>(
        (host.a ? has_a : 0) | (host.aaaa ? has_aaaa : 0) | (host.prefix ? has_prefix : 0) |
        (expires ? has_expiry : 0) | (host.left ? has_left : 0) | (reported ? has_report : 0) |
        (host.is_updated ? 0 : was_not_updated) | (host.report.is_awaited ? is_awaited : 0)));
    if (host.a) {
        out_.bytes(host.a->bytes);
    }
    if (host.aaaa) {
        out_.bytes(host.aaaa->bytes);
    }
    if (host.prefix) {
        out_.bytes(host.prefix->address.bytes);
        out_.u8(host.prefix->length);
    }
    if (expires) {
        write_time(out_, host.expires);
    }
    if (host.left) {
        write_time(out_, *host.left);
    }
    if (reported) {
        write_report(out_, host.report);
    }
}

void CommitWriter::add(const ChallengeEntry& challenge) noexcept
{
    ++entries_;
    out_.u8(ChallengeEntry::tag);
    out_.bytes(challenge.name.wire());
    const auto values = challenge.challenge.values();
    out_.u8(static_cast<std::uint8_t>(values.size()));
    for (const ChallengeValue& value : values) {
        out_.bytes(value.text);
        write_time(out_, value.expires);
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
