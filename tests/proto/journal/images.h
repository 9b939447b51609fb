// State files for tests, built frame by frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/journal/commit.h"
#include "proto/journal/format.h"
#include "proto/journal/recovery.h"

namespace journal
{

using ByteVector = std::vector<std::uint8_t>;

inline HostEntry host_entry(std::string_view name, std::uint8_t last_byte, std::int64_t expires = 2000000000)
{
    return {*dns::Name::from_text(name), base::Address4{{192, 0, 2, last_byte}}, std::nullopt,
            base::UnixTime{base::Seconds{expires}}};
}

/// Of what version 4 has added to the entry of a host.
inline std::string text_of_report(const HostEntry& entry)
{
    const Report& r = entry.report;
    std::string text = entry.is_updated ? "" : " configured";
    if (r != Report{}) {
        text += " report " + std::to_string(r.seen.time_since_epoch().count()) + ' ' +
                std::to_string(r.changed.time_since_epoch().count()) + ' ' + base::to_text(r.client) + ' ' +
                std::to_string(r.uid) + ' ' + std::to_string(r.source) + (r.is_awaited ? " awaited" : "");
    }
    return text;
}

/// The entries that a sink received, as text.
struct TextSink : Sink {
    std::vector<std::string> lines;
    void host(const HostEntry& entry) override
    {
        const std::string left =
            entry.left ? " left " + std::to_string(entry.left->time_since_epoch().count()) : "";
        const std::string expires = base::is_never(entry.expires)
                                        ? "never"
                                        : std::to_string(entry.expires.time_since_epoch().count());
        lines.push_back(entry.name.to_text() + ' ' + (entry.a ? base::to_text(*entry.a) : "-") + ' ' +
                        (entry.aaaa ? base::to_text(*entry.aaaa) : "-") + ' ' +
                        (entry.prefix ? base::to_text(*entry.prefix) + ' ' : "") + expires + left +
                        text_of_report(entry));
    }
    void challenge(const ChallengeEntry& entry) override
    {
        std::string line = entry.name.to_text() + " TXT";
        for (const ChallengeValue& value : entry.challenge.values()) {
            line += ' ' + std::string{base::as_text(value.text)} + ' ' +
                    std::to_string(value.expires.time_since_epoch().count());
        }
        lines.push_back(line);
    }
    void clock(const ClockEntry& entry) override
    {
        lines.push_back("clock " + std::to_string(entry.fixed.boot[0]) + ' ' +
                        std::to_string(entry.fixed.time.time_since_epoch().count()) + ' ' +
                        std::to_string(entry.fixed.uptime.count()));
    }
    void zone(const ZoneEntry& entry) override
    {
        lines.push_back("zone " + std::to_string(entry.fingerprint[0]));
    }
};

class Image
{
public:
    explicit Image(std::uint64_t generation) : generation_(generation), bytes_(header_bytes, 0) {}

    Image& frame(Kind kind, Bytes payload)
    {
        std::vector<std::uint8_t> room(max_frame);
        const Bytes frame = encode_frame(kind, generation_, payload, room);
        bytes_.insert(bytes_.end(), frame.begin(), frame.end());
        return *this;
    }
    Image& snapshot(std::uint32_t serial, const std::vector<HostEntry>& hosts = {})
    {
        CommitWriter writer;
        writer.begin(serial, base::UnixTime{base::Seconds{1700000000}});
        writer.add(ZoneEntry{{7}});
        for (const HostEntry& host : hosts) {
            writer.add(host);
        }
        return frame(Kind::snapshot, writer.payload());
    }
    /// Ends the snapshot and writes the header.
    Image& seal(std::uint32_t format = version)
    {
        const auto header = encode(Header{format, generation_, bytes_.size()});
        std::copy(header.begin(), header.end(), bytes_.begin());
        return *this;
    }
    Image& commit(std::uint32_t serial, const HostEntry& host, std::int64_t stamp = 1700000001)
    {
        CommitWriter writer;
        writer.begin(serial, base::UnixTime{base::Seconds{stamp}});
        writer.add(host);
        return frame(Kind::commit, writer.payload());
    }
    const ByteVector& bytes() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }

private:
    std::uint64_t generation_;
    ByteVector bytes_;
};

struct Outcome {
    Recovery recovery;
    std::vector<std::string> entries;
    bool refused() const { return recovery.found == Found::damaged || recovery.found == Found::newer; }
};

inline Outcome recover_both(Bytes first, Bytes second)
{
    TextSink sink;
    const Recovery recovery = recover(first, second, sink);
    return {recovery, sink.lines};
}

} // namespace journal
