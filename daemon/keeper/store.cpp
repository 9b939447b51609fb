#include "daemon/keeper/store.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

using privsep::Level;

} // namespace

Store::Store(StateFile& first, StateFile& second, const StateSource& source, const CompactionPolicy& policy,
             std::string path)
    : files_{&first, &second}, path_(std::move(path)), policy_(policy),
      frame_(std::make_unique_for_overwrite<std::uint8_t[]>(journal::max_frame)),
      next_(source, {frame_.get(), journal::max_frame}, policy)
{
}

std::string Store::file_name(unsigned number) const
{
    return base::filled("{}.{}", {path_, number});
}

Opened Store::open(journal::Sink& sink)
{
    std::array<std::vector<std::uint8_t>, 2> contents;
    for (unsigned number = 0; number < contents.size(); ++number) {
        if (const int error = files_[number]->read(contents[number])) {
            return {false,
                    base::filled("cannot read state file {}: {}", {file_name(number), std::strerror(error)})};
        }
    }
    recovered_ = journal::recover(contents[0], contents[1], sink);
    if (recovered_.found == journal::Found::damaged || recovered_.found == journal::Found::newer) {
        return {false, journal::describe_error(recovered_, path_)};
    }
    if (recovered_.found == journal::Found::lost) {
        privsep::log_text(Level::error, journal::describe_error(recovered_, path_));
    }
    if (recovered_.found != journal::Found::state) {
        return {true, ""};
    }
    format_ = recovered_.format;
    live_ = recovered_.live;
    generation_ = recovered_.generation;
    end_ = recovered_.good_end;
    compact_at_ = std::max(policy_.small_file, policy_.growth * recovered_.snapshot_end);
    if (recovered_.torn_bytes != 0) {
        privsep::log(Level::notice,
                     "state file {}: removed an incomplete record, which was never acknowledged: {} bytes "
                     "at byte {}",
                     {file_name(live_), recovered_.torn_bytes, end_});
    }
    remember_last_write(contents[live_]);
    check_error(write_again(), "sync the state that was read");
    return {};
}

/// Only the header and the last frame can be unsynced: each frame is synced before the next one is written,
/// and the snapshot before the header.
void Store::remember_last_write(base::Bytes content)
{
    const base::Bytes header = content.first(journal::header_bytes);
    const base::Bytes frame = content.subspan(static_cast<std::size_t>(recovered_.last_frame),
                                              static_cast<std::size_t>(end_ - recovered_.last_frame));
    unsynced_header_.assign(header.begin(), header.end());
    unsynced_frame_.assign(frame.begin(), frame.end());
}

/// The last writer may have died before its sync, or after one that failed. Then the data may be in the
/// kernel's memory only, and the kernel may consider it written; so it is written again. Until that has
/// succeeded, the other file, an older generation, must stay: it may be the only one that survives a power
/// cut.
int Store::write_again()
{
    StateFile& file = *files_[live_];
    int error = file.truncate(end_);
    if (error == 0) {
        error = file.write(0, unsynced_header_);
    }
    if (error == 0) {
        error = file.write(end_ - unsynced_frame_.size(), unsynced_frame_);
    }
    if (error == 0) {
        error = file.sync();
    }
    if (error == 0) {
        live_is_appendable_ = true;
        unsynced_header_ = {};
        unsynced_frame_ = {};
        files_[1 - live_]->truncate(0); // an older or unfinished generation; errors do not matter
    }
    return error;
}

void Store::create()
{
    if (const int error = write_generation()) {
        privsep::fail("cannot store the state: {}", {std::strerror(error)});
    }
}

bool Store::commit()
{
    return !is_disabled_ && check_error(commit_now(), "store a change");
}

bool Store::rewrite()
{
    if (is_disabled_) {
        return false;
    }
    int error = unsynced_header_.empty() ? 0 : write_again();
    if (error == 0) {
        error = write_generation();
    }
    return check_error(error, "store a change");
}

int Store::commit_now()
{
    const int error = make_appendable();
    return error != 0 ? error : append();
}

/// A file of an older format takes no commits: its releases would not know their entries.
int Store::make_appendable()
{
    int error = unsynced_header_.empty() ? 0 : write_again();
    if (error == 0 && !(live_is_appendable_ && !other_may_be_valid_ && is_current())) {
        error = write_generation();
    }
    return error;
}

int Store::append()
{
    StateFile& file = *files_[live_];
    const base::Bytes frame = journal::encode_frame(journal::Kind::commit, generation_, writer_.payload(),
                                                    {frame_.get(), journal::max_frame});
    if (const int error = file.write(end_, frame)) {
        undo_write();
        if (next_.is_under_way()) {
            postpone_compaction(); // the disk may be full: commits are more important
        }
        return error;
    }
    if (const int error = file.sync()) {
        live_is_appendable_ = false;
        return error;
    }
    end_ += frame.size();
    if (next_.is_under_way()) {
        check_compaction(next_.add(writer_.payload()));
    }
    return 0;
}

/// Truncates the file after the last commit and syncs that before anything is written there. Otherwise a
/// power cut could leave a mixture of old and new bytes, which looks like damage.
int Store::undo_write()
{
    StateFile& file = *files_[live_];
    int error = file.truncate(end_);
    if (error == 0) {
        error = file.sync();
    }
    live_is_appendable_ = error == 0;
    return error;
}

void Store::compact()
{
    int error = 0;
    if (next_.is_under_way()) {
        error = next_.step();
        if (error == 0 && next_.is_whole()) {
            error = switch_over();
        }
    } else if (end_ > compact_at_) {
        error = begin_generation();
    }
    check_compaction(error);
}

/// Commits continue in the live file, so the compaction can wait.
void Store::postpone_compaction() noexcept
{
    next_.abandon();
    compact_at_ = end_ + policy_.small_file;
}

void Store::check_compaction(int error)
{
    if (error == 0) {
        return;
    }
    postpone_compaction();
    privsep::log(Level::warning,
                 "cannot write a snapshot of the state: {}; state file {} keeps growing until it succeeds",
                 {std::strerror(error), file_name(live_)});
}

int Store::begin_generation()
{
    const unsigned target = generation_ == 0 ? live_ : 1 - live_;
    const int error = next_.begin(*files_[target], generation_ + 1);
    other_may_be_valid_ = other_may_be_valid_ && error != 0;
    return error;
}

int Store::switch_over()
{
    int error = next_.sync();
    if (error != 0) {
        return error;
    }
    // until finish() succeeds it is not known which file is valid after a crash
    other_may_be_valid_ = true;
    error = next_.finish();
    if (error != 0) {
        return error;
    }
    other_may_be_valid_ = false;
    if (generation_ != 0) {
        files_[live_]->truncate(0); // an older generation is ignored anyway: errors do not matter
        live_ = 1 - live_;
    }
    ++generation_;
    format_ = journal::version;
    end_ = next_.end();
    live_is_appendable_ = true;
    compact_at_ = std::max(policy_.small_file, policy_.growth * end_);
    return 0;
}

/// Writes the whole state at once, which takes time in proportion to the zone; this is rare.
int Store::write_generation()
{
    int error = begin_generation();
    while (error == 0 && !next_.is_whole()) {
        error = next_.step();
    }
    if (error == 0) {
        error = switch_over();
    }
    if (error != 0) {
        next_.abandon();
    }
    return error;
}

/// Logs the first of a series of errors, and when the errors have ended.
bool Store::check_error(int error, const char* what)
{
    if (error != 0 && !has_failed_) {
        privsep::log(
            Level::error,
            "cannot {}: {}; updates are refused until this works again, DNS queries are still answered",
            {what, std::strerror(error)});
    }
    if (error == 0 && has_failed_) {
        privsep::log(Level::notice, "the state can be stored again");
    }
    has_failed_ = error != 0;
    return error == 0;
}

} // namespace keeper
