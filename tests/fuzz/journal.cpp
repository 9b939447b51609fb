// Properties: recovery returns for any two files; a recovered state that is written as a new generation is
// recovered as the same state; after a torn end is cut off, no bytes are torn. The first two bytes of the
// input are the length of the first file.
#include <cstdlib>
#include <vector>

#include "proto/journal/recovery.h"

namespace
{

struct Collector : journal::Sink {
    std::vector<journal::HostEntry> hosts;
    std::vector<journal::ChallengeEntry> challenges;
    std::vector<journal::ZoneEntry> zones;
    std::vector<journal::ClockEntry> clocks;
    void host(const journal::HostEntry& entry) override { hosts.push_back(entry); }
    void challenge(const journal::ChallengeEntry& entry) override { challenges.push_back(entry); }
    void zone(const journal::ZoneEntry& entry) override { zones.push_back(entry); }
    void clock(const journal::ClockEntry& entry) override { clocks.push_back(entry); }
};

bool same(const journal::HostEntry& left, const journal::HostEntry& right)
{
    return left.name == right.name && left.a == right.a && left.aaaa == right.aaaa &&
           left.expires == right.expires && left.left == right.left && left.prefix == right.prefix &&
           left.report == right.report && left.is_updated == right.is_updated;
}

bool same(const journal::ChallengeEntry& left, const journal::ChallengeEntry& right)
{
    return left.name == right.name && left.challenge == right.challenge;
}

bool same(const Collector& left, const Collector& right)
{
    return std::equal(left.hosts.begin(), left.hosts.end(), right.hosts.begin(), right.hosts.end(),
                      [](const auto& l, const auto& r) { return same(l, r); }) &&
           std::equal(left.challenges.begin(), left.challenges.end(), right.challenges.begin(),
                      right.challenges.end(), [](const auto& l, const auto& r) { return same(l, r); }) &&
           std::equal(left.zones.begin(), left.zones.end(), right.zones.begin(), right.zones.end(),
                      [](const auto& l, const auto& r) { return l.fingerprint == r.fingerprint; }) &&
           std::equal(left.clocks.begin(), left.clocks.end(), right.clocks.begin(), right.clocks.end(),
                      [](const auto& l, const auto& r) { return l.fixed == r.fixed; });
}

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

class NewFile
{
public:
    explicit NewFile(const journal::Recovery& found) : found_(found), bytes_(journal::header_bytes)
    {
        writer_.begin(found.serial, found.stamp);
    }
    void add(const auto& entry)
    {
        writer_.add(entry);
        if (writer_.entries() == journal::max_entries) {
            flush();
        }
    }
    const std::vector<std::uint8_t>& finish()
    {
        flush();
        const auto header =
            journal::encode(journal::Header{journal::version, found_.generation + 1, bytes_.size()});
        std::copy(header.begin(), header.end(), bytes_.begin());
        return bytes_;
    }

private:
    void flush()
    {
        std::vector<std::uint8_t> room(journal::max_frame);
        const auto frame =
            journal::encode_frame(journal::Kind::snapshot, found_.generation + 1, writer_.payload(), room);
        bytes_.insert(bytes_.end(), frame.begin(), frame.end());
        writer_.begin(found_.serial, found_.stamp);
    }

    journal::Recovery found_;
    journal::CommitWriter writer_;
    std::vector<std::uint8_t> bytes_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    base::Reader in{{data, size}};
    const base::Bytes first = in.take(std::min<std::size_t>(in.u16(), in.left()));
    const base::Bytes second = in.take(in.left());
    Collector found;
    const journal::Recovery recovery = journal::recover(first, second, found);
    if (recovery.found != journal::Found::fresh && recovery.found != journal::Found::state) {
        require(!journal::describe_error(recovery).empty());
        return 0;
    }
    if (recovery.found == journal::Found::fresh || recovery.generation == UINT64_MAX) {
        require(recovery.found == journal::Found::state || found.hosts.empty());
        return 0;
    }
    const base::Bytes live = recovery.live == 0 ? first : second;
    Collector cut;
    const journal::Recovery again = journal::recover(live.first(recovery.good_end), {}, cut);
    require(again.found == journal::Found::state && again.torn_bytes == 0 && again.serial == recovery.serial);
    require(same(found, cut));

    NewFile file{recovery};
    for (const auto& entry : found.zones) {
        file.add(entry);
    }
    for (const auto& entry : found.clocks) {
        file.add(entry);
    }
    for (const auto& entry : found.hosts) {
        file.add(entry);
    }
    for (const auto& entry : found.challenges) {
        file.add(entry);
    }
    Collector copied;
    const journal::Recovery newer = journal::recover(live.first(recovery.good_end), file.finish(), copied);
    require(newer.found == journal::Found::state && newer.live == 1 && newer.serial == recovery.serial &&
            newer.stamp == recovery.stamp);
    require(same(found, copied));
    return 0;
}
