#include "proto/journal/recovery.h"

#include <algorithm>
#include <memory>

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

void set_damaged(Recovery& recovery, std::uint64_t at, const char* error) noexcept
{
    recovery.found = Found::damaged;
    recovery.error_at = at;
    recovery.error = error;
}

/// A commit is only written after the header was synced. If there is a commit but no header, the header was
/// lost, and possibly more bytes after it; so this searches for a commit at each word.
bool lost_its_header(Bytes file) noexcept
{
    for (std::size_t at = header_bytes; at + frame_head_bytes <= file.size(); at += word_bytes) {
        const Frame frame = read_frame(file, at);
        if (frame.state == FrameState::whole && frame.kind == Kind::commit) {
            return true;
        }
    }
    return false;
}

/// An error of the header, which is reported even if the other file is live; null if there is none.
const char* error_of(const Candidate& candidate) noexcept
{
    if (candidate.state == HeaderState::damaged) {
        return "the header is damaged";
    }
    if (candidate.state == HeaderState::unfinished) {
        return lost_its_header(candidate.file) ? "the header is lost" : nullptr;
    }
    const bool sane = candidate.header.version != 0 && candidate.header.version <= version &&
                      candidate.header.generation != 0;
    return sane ? nullptr : "the header is invalid";
}

bool is_newer(const Candidate& candidate) noexcept
{
    return candidate.state == HeaderState::whole && candidate.header.version > version;
}

/// The error of a whole frame at the wrong place; null if there is none.
const char* error_of_place(const Frame& frame, const Header& header, std::size_t at) noexcept
{
    const bool in_snapshot = at < header.snapshot_end;
    if (frame.generation != header.generation) {
        return "a record belongs to another generation";
    }
    if ((frame.kind == Kind::snapshot) != in_snapshot || (in_snapshot && frame.end > header.snapshot_end)) {
        return "a record is at the wrong place";
    }
    return nullptr;
}

/// Reads the frames of the live file.
class Replay
{
public:
    Replay(const Candidate& candidate, Recovery& recovery, Sink& sink) noexcept
        : candidate_(candidate), recovery_(recovery), sink_(sink)
    {
    }

    void run()
    {
        std::size_t at = header_bytes;
        Frame frame = read_frame(candidate_.file, at);
        for (; frame.state == FrameState::whole; frame = read_frame(candidate_.file, at)) {
            if (const char* error = take(frame, at)) {
                set_damaged(recovery_, at, error);
                return;
            }
            recovery_.last_frame = at;
            at = frame.end;
        }
        if (frame.state == FrameState::damaged) {
            set_damaged(recovery_, at, frame.error);
            return;
        }
        if (at < candidate_.header.snapshot_end || frames_ == 0) {
            set_damaged(recovery_, at, "the snapshot is incomplete");
            return;
        }
        recovery_.found = Found::state;
        recovery_.format = candidate_.header.version;
        recovery_.generation = candidate_.header.generation;
        recovery_.snapshot_end = candidate_.header.snapshot_end;
        recovery_.good_end = at;
        recovery_.torn_bytes = candidate_.file.size() - at;
    }

private:
    const char* take(const Frame& frame, std::size_t at)
    {
        if (const char* error = error_of_place(frame, candidate_.header, at)) {
            return error;
        }
        const auto head = read_commit(unpack(frame, {room_.get(), max_payload}), sink_);
        if (!head) {
            return "a record is malformed";
        }
        std::uint32_t& serial = recovery_.serial;
        if (frames_ != 0 && head->serial != serial && !base::serial_less(serial, head->serial)) {
            return "the serial decreases";
        }
        serial = head->serial;
        recovery_.stamp = frames_ == 0 ? head->stamp : std::max(recovery_.stamp, head->stamp);
        ++frames_;
        return nullptr;
    }

    const Candidate& candidate_;
    Recovery& recovery_;
    Sink& sink_;
    // not initialised: pages that are never written cost no memory
    std::unique_ptr<std::uint8_t[]> room_ = std::make_unique_for_overwrite<std::uint8_t[]>(max_payload);
    std::uint64_t frames_ = 0;
};

/// Neither file has a header. A file with an incomplete first snapshot has a record after the header's place;
/// a file whose first sector is all zeros has lost its contents.
Recovery without_a_header(const std::array<Candidate, 2>& files) noexcept
{
    Recovery recovery;
    for (std::size_t number = 0; number < files.size(); ++number) {
        const Bytes file = files[number].file;
        const Bytes beginning = file.first(std::min(file.size(), sector_bytes));
        if (std::ranges::all_of(beginning, [](std::uint8_t byte) { return byte == 0; })) {
            recovery.zeroed[number] = file.size();
            recovery.found = file.empty() ? recovery.found : Found::lost;
        }
    }
    return recovery;
}

} // namespace

Recovery recover(Bytes first, Bytes second, Sink& sink)
{
    std::array<Candidate, 2> files{Candidate{first, {}, {}}, Candidate{second, {}, {}}};
    Recovery recovery;
    for (unsigned number = 0; number < files.size(); ++number) {
        Candidate& file = files[number];
        file.state = decode(file.file, file.header);
        recovery.live = number;
        if (is_newer(file)) {
            recovery.found = Found::newer;
            recovery.format = file.header.version;
            return recovery;
        }
        if (const char* error = error_of(file)) {
            set_damaged(recovery, 0, error);
            return recovery;
        }
    }
    const bool has_first = files[0].state == HeaderState::whole;
    const bool has_second = files[1].state == HeaderState::whole;
    if (!has_first && !has_second) {
        return without_a_header(files);
    }
    if (has_first && has_second && files[0].header.generation == files[1].header.generation) {
        set_damaged(recovery, 0, "both files have the same generation");
        return recovery;
    }
    recovery.live =
        has_second && (!has_first || files[1].header.generation > files[0].header.generation) ? 1 : 0;
    Replay{files[recovery.live], recovery, sink}.run();
    return recovery;
}

namespace
{

std::string describe_loss(const Recovery& recovery, std::string_view state)
{
    const auto& [first, second] = recovery.zeroed;
    const std::string which = first != 0 && second != 0
                                  ? base::filled("files {}.0 and {}.1 have", {state, state})
                                  : base::filled("file {}.{} has", {state, first == 0 ? 1 : 0});
    return base::filled(
        "state {} {} bytes and no header, probably after a power cut: the stored addresses are "
        "lost until the clients send updates",
        {which, first + second});
}

} // namespace

std::string describe_error(const Recovery& recovery, std::string_view state)
{
    if (recovery.found == Found::lost) {
        return describe_loss(recovery, state);
    }
    const std::string file = base::filled("state file {}.{}", {state, recovery.live});
    if (recovery.found == Found::newer) {
        return base::filled(
            "{} has format {} of a later release, this release supports up to {}: use the later "
            "release, or move both state files away to start without state",
            {file, recovery.format, version});
    }
    return base::filled(
        "{} is damaged at byte {}: {}; the file was not changed: restore both state files, or "
        "move both away to start without state",
        {file, recovery.error_at, recovery.error});
}

} // namespace journal
