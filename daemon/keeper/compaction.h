// Writes the snapshot of the next generation step by step between the commits, so that no commit waits for
// the whole state.
//
// A cursor moves over the hosts. Commits made meanwhile are written to the new file as well: for a host that
// the cursor has passed, the later entry is valid (proto/journal/commit.h); a host that it has not reached is
// written again when it gets there. After the last host, the file holds the current state.
//
// This finishes before the live file has grown by more than the size of the zone. With each commit the cursor
// passes as many hosts as a commit can have entries, or several times as many if most hosts were never
// updated. A zone of n hosts takes n / policy.entries commits, which have at most n entries together.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/keeper/state_file.h"
#include "daemon/keeper/state_source.h"
#include "proto/base/bytes.h"
#include "proto/journal/commit.h"

namespace keeper
{

/// When a new generation is started, and how much of it one step writes.
struct CompactionPolicy {
    std::uint64_t small_file = 65536; ///< bytes: the live file may grow to this
    std::uint64_t growth = 4;         ///< or to so many times its snapshot
    /// Written by one step; at least 3: the zone's, the clock's and one host's. A challenge may be one more.
    std::size_t entries = journal::max_entries - 1;
    std::size_t hosts_checked = 8 * journal::max_entries; ///< hosts that one step checks
    std::uint64_t unsynced = 262144; ///< bytes after which a step syncs, so that syncs are short
};

class Compaction
{
public:
    /// `source` and `room` must outlive it. `room` has journal::max_frame bytes; each call overwrites it.
    Compaction(const StateSource& source, base::MutableBytes room, const CompactionPolicy& policy) noexcept
        : source_(source), room_(room), policy_(policy)
    {
    }

    bool is_under_way() const noexcept { return file_ != nullptr; }

    // Each returns 0 or the errno of the failed call; after a failure call abandon().

    /// Empties `file` and syncs that. An unfinished snapshot is given up.
    int begin(StateFile& file, std::uint64_t generation);
    /// A commit since begin(). The source may have it already or not.
    int add(base::Bytes payload);
    /// Writes more hosts as the source has them: only what was committed.
    int step();
    /// Whether the snapshot is complete. The source must not have changed since the last step().
    bool is_whole() const noexcept { return is_under_way() && is_whole_; }
    int sync() noexcept;
    /// Makes the snapshot valid by writing the header. Call this after sync(), once it is whole. If it fails,
    /// it is not known which file is valid until another begin() succeeds. Ends this compaction in any case.
    int finish() noexcept;

    /// The bytes written so far.
    std::uint64_t end() const noexcept { return end_; }
    /// Frees the disk space. What remains in the file has no header, so it is ignored.
    void abandon() noexcept;

private:
    int put(base::Bytes payload) noexcept;

    const StateSource& source_;
    base::MutableBytes room_;
    CompactionPolicy policy_;
    journal::CommitWriter writer_;
    StateFile* file_ = nullptr;
    std::uint64_t generation_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t unsynced_ = 0;
    std::size_t cursor_ = 0; ///< all hosts before it are written
    bool is_whole_ = false;
};

} // namespace keeper
