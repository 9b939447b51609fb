// The state on disk: two files, of which one is live and appended to, until the next generation in the other
// takes over (proto/journal/format.h). That one is written bit by bit with the commits (compaction.h); all at
// once only at the very first start and after a sync that failed.
//
// What is acknowledged is synced. What failed is taken back, and where even that fails the file is not
// used again before all of the state was written again: after a failed sync the kernel may have dropped
// what it could not write and call the next sync a success.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/keeper/compaction.h"
#include "daemon/keeper/state_file.h"
#include "daemon/keeper/state_source.h"
#include "proto/journal/commit.h"
#include "proto/journal/recovery.h"

namespace keeper
{

struct Opened {
    bool is_fresh = false; ///< there never was a state, or nothing is left of it
    std::string refusal;   ///< a sentence for the operator, where a file cannot be read or must not be used
};

class Store
{
public:
    /// All three must outlive the store. A new generation is due when the live file has more bytes than
    /// `pace.small_file` and than `pace.growth` times its own snapshot.
    Store(StateFile& first, StateFile& second, const StateSource& source, const Pace& pace = {});

    /// Reads both files and tells `sink` what they say. Cuts off a torn end, and writes and syncs again what
    /// a power cut could take back. If there never was a state, create() must follow.
    Opened open(journal::Sink& sink);
    /// What open() found.
    const journal::Recovery& recovered() const noexcept { return recovered_; }

    /// The first generation, from the source. Ends the process where it cannot be stored.
    void create();

    /// What is to be committed: begin() it and add to it, then commit().
    journal::CommitWriter& writer() noexcept { return writer_; }
    /// Writes and syncs. False: nothing changed, and nothing of it will come back but by a crash before
    /// the next commit.
    bool commit();

    /// Whether the live file has the format that commits are written in.
    bool is_current() const noexcept { return format_ == journal::version; }
    /// Writes all that the source says as a new generation, at once: for a change that no commit has room for
    /// or that the live file's format has no entry for. False: nothing changed, as with commit().
    bool renew();

    /// While it is held, commit() writes nothing and gives false. Whoever holds it says why in the log.
    void hold(bool on) noexcept { is_held_ = on; }

    /// The share of a commit in the next generation, bounded whatever the zone's size. Call it after the
    /// source has the commit. Whether it succeeds is for the log alone.
    void compact();

private:
    int commit_now();
    void keep_what_is_unsure(base::Bytes content);
    int secure();
    int append();
    int take_back();
    int make_usable();
    int begin_generation();
    int switch_over();
    int start_generation();
    void put_off_compaction() noexcept;
    void settle_compaction(int error);
    bool settle_error(int error, const char* what);

    std::array<StateFile*, 2> files_;
    Pace pace_;
    journal::Recovery recovered_;
    journal::CommitWriter writer_;
    std::unique_ptr<std::uint8_t[]> frame_;
    Compaction next_;

    unsigned live_ = 0;
    std::uint64_t generation_ = 0;
    std::uint32_t format_ = journal::version; ///< of the live file
    std::uint64_t end_ = 0;                   ///< of what counts in the live file
    std::uint64_t compact_at_ = 0;            ///< the live file's length
    bool live_is_sound_ = false;              ///< false: not to be appended to
    std::vector<std::uint8_t> unsure_header_; ///< of the live file, as it was read: secure()
    std::vector<std::uint8_t> unsure_frame_;  ///< its last one
    bool other_may_win_ = false;              ///< the other file may hold the next generation's header
    bool is_held_ = false;
    bool has_failed_ = false; ///< said so in the log
};

} // namespace keeper
