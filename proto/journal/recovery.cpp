#include "proto/journal/recovery.h"

#include <algorithm>
#include <optional>

#include "proto/base/text.h"

namespace journal
{

namespace
{

struct Candidate {
    Bytes file;
    HeaderState state = HeaderState::unfinished;
    Header header;
};

Recovery damaged(unsigned file, std::uint64_t at, const char* fault)
{
    Recovery recovery;
    recovery.found = Found::damaged;
    recovery.live = file;
    recovery.fault_at = at;
    recovery.fault = fault;
    return recovery;
}

/// Commits are only ever written behind a header that was synced. Where there are some and no header,
/// the header was lost.
bool lost_its_header(Bytes file) noexcept
{
    std::size_t at = header_octets;
    while (at < file.size()) {
        const Frame frame = read_frame(file, at);
        if (frame.state != FrameState::whole) {
            return false;
        }
        if (frame.kind == Kind::commit) {
            return true;
        }
        at = frame.end;
    }
    return false;
}

/// A fault that a file has whichever of the two counts.
std::optional<Recovery> fault_of(const Candidate& candidate, unsigned number)
{
    if (candidate.state == HeaderState::damaged) {
        return damaged(number, 0, "the header is damaged");
    }
    if (candidate.state == HeaderState::unfinished) {
        return lost_its_header(candidate.file) ? std::optional{damaged(number, 0, "the header is lost")}
                                               : std::nullopt;
    }
    if (candidate.header.version > version) {
        Recovery newer;
        newer.found = Found::newer;
        newer.live = number;
        newer.format = candidate.header.version;
        return newer;
    }
    const bool sane = candidate.header.version == version && candidate.header.generation != 0;
    return sane ? std::nullopt : std::optional{damaged(number, 0, "the header makes no sense")};
}

/// What is wrong with a whole frame at `at`, or nothing.
const char* misplaced(const Frame& frame, const Header& header, std::size_t at) noexcept
{
    const bool in_snapshot = at < header.snapshot_end;
    if (frame.generation != header.generation) {
        return "a record belongs to another generation";
    }
    if ((frame.kind == Kind::snapshot) != in_snapshot || (in_snapshot && frame.end > header.snapshot_end)) {
        return "a record is not where it belongs";
    }
    return nullptr;
}

/// Goes through the frames of the file that counts.
class Replay
{
public:
    Replay(const Candidate& candidate, unsigned number, Sink& sink) noexcept
        : candidate_(candidate), number_(number), sink_(sink)
    {
    }

    Recovery run()
    {
        std::size_t at = header_octets;
        Frame frame = read_frame(candidate_.file, at);
        for (; frame.state == FrameState::whole; frame = read_frame(candidate_.file, at)) {
            if (const char* fault = take(frame, at)) {
                return damaged(number_, at, fault);
            }
            last_frame_ = at;
            at = frame.end;
        }
        if (frame.state == FrameState::damaged) {
            return damaged(number_, at, frame.fault);
        }
        if (at < candidate_.header.snapshot_end || frames_ == 0) {
            return damaged(number_, at, "the snapshot is not whole");
        }
        Recovery recovery;
        recovery.found = Found::state;
        recovery.live = number_;
        recovery.generation = candidate_.header.generation;
        recovery.snapshot_end = candidate_.header.snapshot_end;
        recovery.last_frame = last_frame_;
        recovery.good_end = at;
        recovery.torn_octets = candidate_.file.size() - at;
        recovery.serial = serial_;
        recovery.stamp = stamp_;
        return recovery;
    }

private:
    const char* take(const Frame& frame, std::size_t at)
    {
        if (const char* fault = misplaced(frame, candidate_.header, at)) {
            return fault;
        }
        const auto head = read_commit(unpack(frame, room_), sink_);
        if (!head) {
            return "a record is malformed";
        }
        if (frames_ != 0 && head->serial != serial_ && !base::serial_less(serial_, head->serial)) {
            return "the serial falls";
        }
        serial_ = head->serial;
        stamp_ = frames_ == 0 ? head->stamp : std::max(stamp_, head->stamp);
        ++frames_;
        return nullptr;
    }

    const Candidate& candidate_;
    unsigned number_;
    Sink& sink_;
    std::array<std::uint8_t, max_payload> room_{};
    std::uint64_t frames_ = 0;
    std::size_t last_frame_ = 0;
    std::uint32_t serial_ = 0;
    base::UnixTime stamp_{};
};

} // namespace

Recovery recover(Bytes first, Bytes second, Sink& sink)
{
    std::array<Candidate, 2> files{Candidate{first, {}, {}}, Candidate{second, {}, {}}};
    for (unsigned number = 0; number < files.size(); ++number) {
        files[number].state = decode(files[number].file, files[number].header);
        if (auto fault = fault_of(files[number], number)) {
            return *fault;
        }
    }
    const bool has_first = files[0].state == HeaderState::whole;
    const bool has_second = files[1].state == HeaderState::whole;
    if (!has_first && !has_second) {
        return {};
    }
    if (has_first && has_second && files[0].header.generation == files[1].header.generation) {
        return damaged(1, 0, "both files say that they are of the same generation");
    }
    const unsigned live =
        has_second && (!has_first || files[1].header.generation > files[0].header.generation) ? 1 : 0;
    return Replay{files[live], live, sink}.run();
}

std::string describe_fault(const Recovery& recovery)
{
    const std::string file = base::filled("state file STATE.{}", {recovery.live});
    if (recovery.found == Found::newer) {
        return base::filled("{} has format {}, written by a later release; this one knows {}: use the later "
                            "release, or move both state files away to begin anew",
                            {file, recovery.format, version});
    }
    return base::filled("{} is damaged at octet {}: {}; it was left as it is: restore both state files, or "
                        "move both away to begin anew",
                        {file, recovery.fault_at, recovery.fault});
}

} // namespace journal
