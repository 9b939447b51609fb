// The next generation's snapshot, written bit by bit between the commits, so that no commit waits for all of
// the state.
//
// A cursor goes over the hosts. What is committed meanwhile is written here as well: of a host that the
// cursor has passed, the later entry counts (proto/journal/commit.h), and one that it has yet to reach is
// written once more. So behind the last host stands the state as it is then.
//
// That ends before the live file has grown by more than the zone is large: with each commit the cursor passes
// as many hosts as a commit can have entries, or, where most hosts were never updated, some times as many. A
// zone of n hosts takes n / pace.entries commits, so what they say in all is as much as n entries at most.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/keeper/state_file.h"
#include "daemon/keeper/state_source.h"
#include "proto/base/bytes.h"
#include "proto/journal/commit.h"

namespace keeper
{

/// When a new generation is begun, and how much of it is written at once.
struct Pace {
    std::uint64_t small_file = 65536; ///< bytes of the live file that need no new one
    std::uint64_t growth = 4;         ///< times its snapshot, and the live file needs a new one
    std::size_t entries =
        journal::max_entries; ///< that a step writes; at least 3: the zone's, the clock's, one more
    std::size_t looks = 8 * journal::max_entries; ///< hosts that a step asks about
    std::uint64_t unsynced = 262144;              ///< bytes, so that no sync has much to write
};

class Compaction
{
public:
    /// `source` and `room`, of journal::max_frame bytes, must outlive it; `room` is written over by each
    /// call.
    Compaction(const StateSource& source, base::MutableBytes room, const Pace& pace) noexcept
        : source_(source), room_(room), pace_(pace)
    {
    }

    bool is_under_way() const noexcept { return file_ != nullptr; }

    // Each gives 0 or the errno of what failed; then abandon() is in order.

    /// Empties `file`, whatever was begun before, and makes sure of it.
    int begin(StateFile& file, std::uint64_t generation);
    /// What was committed since begin(), before the source says it or after.
    int add(base::Bytes payload);
    /// Writes some more hosts, as the source has them: all that was committed.
    int step();
    /// Whether all is written. The source must not have changed since the last step().
    bool is_whole() const noexcept { return is_under_way() && is_whole_; }
    int sync() noexcept;
    /// After sync(), once it is whole: makes it count. Before a failure of it is made up for by another
    /// begin(), nobody knows whether it does. No longer under way afterwards, whatever comes of it.
    int finish() noexcept;

    /// The bytes of it so far.
    std::uint64_t end() const noexcept { return end_; }
    /// Gives the room back; what may stay has no header, so it does not count.
    void abandon() noexcept;

private:
    int put(base::Bytes payload) noexcept;

    const StateSource& source_;
    base::MutableBytes room_;
    Pace pace_;
    journal::CommitWriter writer_;
    StateFile* file_ = nullptr;
    std::uint64_t generation_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t unsynced_ = 0;
    std::size_t cursor_ = 0; ///< hosts before it are written
    bool is_whole_ = false;
};

} // namespace keeper
