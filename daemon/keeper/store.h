// The state on disk, in two files. One is live and appended to, until the next generation in the other file
// replaces it (proto/journal/format.h). The next generation is written step by step with the commits
// (compaction.h); it is written at once only at the first start and after a failed sync.
//
// A change is synced before it is acknowledged. A failed write is undone; if that fails too, the file is not
// used again before the whole state has been written: after a failed sync the kernel may have dropped the
// data and report the next sync as a success.
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
    bool is_fresh = false; ///< there was no state, or nothing is left of it
    std::string refusal;   ///< not empty if a file cannot be read or must not be used: for the operator
};

class Store
{
public:
    /// `first`, `second` and `source` must outlive the store. A new generation is started when the live file
    /// has more bytes than `policy.small_file` and than `policy.growth` times its own snapshot. `path`: of
    /// the files, for messages, without ".0" or ".1".
    Store(StateFile& first, StateFile& second, const StateSource& source, const CompactionPolicy& policy = {},
          std::string path = "STATE");

    /// Reads both files and passes their entries to `sink`. Removes an incomplete record at the end, and
    /// makes sure that a power cut cannot lose what was read. If there was no state, create() must follow.
    Opened open(journal::Sink& sink);
    /// The result of open().
    const journal::Recovery& recovered() const noexcept { return recovered_; }

    /// Writes the first generation from the source. Ends the process if it cannot be stored.
    void create();

    /// To commit, begin() and fill this writer, then call commit().
    journal::CommitWriter& writer() noexcept { return writer_; }
    /// Writes and syncs. False: nothing has changed; parts of it can reappear only after a crash before the
    /// next commit.
    bool commit();

    /// Whether the live file has the current format, in which commits are written.
    bool is_current() const noexcept { return format_ == journal::version; }
    /// Writes the whole state of the source as a new generation: for a change that does not fit into one
    /// commit, or for which the live file's format has no entry. False: nothing has changed, as with
    /// commit().
    bool rewrite();

    /// While disabled, commit() writes nothing and returns false. The caller logs the reason.
    void disable(bool on) noexcept { is_disabled_ = on; }
    bool is_disabled() const noexcept { return is_disabled_; }

    /// Writes one step of the next generation, of bounded size for any zone. Call this after the source has
    /// the commit. Errors are only logged.
    void compact();

private:
    int commit_now();
    void remember_last_write(base::Bytes content);
    int write_again();
    int append();
    int undo_write();
    int make_appendable();
    int begin_generation();
    int switch_over();
    int write_generation();
    void postpone_compaction() noexcept;
    void check_compaction(int error);
    bool check_error(int error, const char* what);

    std::string file_name(unsigned number) const;

    std::array<StateFile*, 2> files_;
    std::string path_;
    CompactionPolicy policy_;
    journal::Recovery recovered_;
    journal::CommitWriter writer_;
    std::unique_ptr<std::uint8_t[]> frame_;
    Compaction next_;

    unsigned live_ = 0;
    std::uint64_t generation_ = 0;
    std::uint32_t format_ = journal::version;   ///< of the live file
    std::uint64_t end_ = 0;                     ///< of the valid data in the live file
    std::uint64_t compact_at_ = 0;              ///< the length of the live file that starts a compaction
    bool live_is_appendable_ = false;           ///< false: nothing may be appended
    std::vector<std::uint8_t> unsynced_header_; ///< of the live file, for write_again()
    std::vector<std::uint8_t> unsynced_frame_;  ///< the last frame of the live file
    bool other_may_be_valid_ = false;           ///< the other file may hold the next generation's header
    bool is_disabled_ = false;
    bool has_failed_ = false; ///< an error was logged
};

} // namespace keeper
