#include "daemon/keeper/store.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

using privsep::Level;

std::string file_name(unsigned number)
{
    return base::filled("STATE.{}", {number});
}

} // namespace

Store::Store(StateFile& first, StateFile& second, const StateSource& source, const Pace& pace)
    : files_{&first, &second}, pace_(pace),
      frame_(std::make_unique_for_overwrite<std::uint8_t[]>(journal::max_frame)),
      next_(source, {frame_.get(), journal::max_frame}, pace)
{
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
        return {false, journal::describe_error(recovered_)};
    }
    if (recovered_.found == journal::Found::lost) {
        privsep::log_text(Level::error, journal::describe_error(recovered_));
    }
    if (recovered_.found != journal::Found::state) {
        return {true, ""};
    }
    format_ = recovered_.format;
    live_ = recovered_.live;
    generation_ = recovered_.generation;
    end_ = recovered_.good_end;
    compact_at_ = std::max(pace_.small_file, pace_.growth * recovered_.snapshot_end);
    if (recovered_.torn_bytes != 0) {
        privsep::log(Level::notice,
                     "{}: the last record was not written to its end, so nobody was told that it was; cut "
                     "off {} bytes at {}",
                     {file_name(live_), recovered_.torn_bytes, end_});
    }
    keep_what_is_unsure(contents[live_]);
    settle_error(secure(), "secure the state that was read");
    return {};
}

/// Each frame is synced before the next one is written, and the snapshot before the header.
void Store::keep_what_is_unsure(base::Bytes content)
{
    const base::Bytes header = content.first(journal::header_bytes);
    const base::Bytes frame = content.subspan(static_cast<std::size_t>(recovered_.last_frame),
                                              static_cast<std::size_t>(end_ - recovered_.last_frame));
    unsure_header_.assign(header.begin(), header.end());
    unsure_frame_.assign(frame.begin(), frame.end());
}

/// Who wrote last may have died before the sync, or after one that failed. Then what was read is in the
/// kernel's memory alone, which may even think that it is on the disk: it is written once more. Until that
/// has succeeded the other file, an older generation, may be the only one that a power cut would leave.
int Store::secure()
{
    StateFile& file = *files_[live_];
    int error = file.truncate(end_);
    if (error == 0) {
        error = file.write(0, unsure_header_);
    }
    if (error == 0) {
        error = file.write(end_ - unsure_frame_.size(), unsure_frame_);
    }
    if (error == 0) {
        error = file.sync();
    }
    if (error == 0) {
        live_is_sound_ = true;
        unsure_header_ = {};
        unsure_frame_ = {};
        files_[1 - live_]->truncate(0); // an older or an incomplete generation: an error here changes nothing
    }
    return error;
}

void Store::create()
{
    if (const int error = start_generation()) {
        privsep::fail("cannot store the state: {}", {std::strerror(error)});
    }
}

bool Store::commit()
{
    return !is_held_ && settle_error(commit_now(), "store a change");
}

bool Store::renew()
{
    if (is_held_) {
        return false;
    }
    int error = unsure_header_.empty() ? 0 : secure();
    if (error == 0) {
        error = start_generation();
    }
    return settle_error(error, "store a change");
}

int Store::commit_now()
{
    const int error = make_usable();
    return error != 0 ? error : append();
}

int Store::make_usable()
{
    if (!unsure_header_.empty()) {
        return secure();
    }
    return live_is_sound_ && !other_may_win_ ? 0 : start_generation();
}

int Store::append()
{
    StateFile& file = *files_[live_];
    const base::Bytes frame = journal::encode_frame(journal::Kind::commit, generation_, writer_.payload(),
                                                    {frame_.get(), journal::max_frame});
    if (const int error = file.write(end_, frame)) {
        take_back();
        if (next_.is_under_way()) {
            put_off_compaction(); // the disk may be full, and commits go first
        }
        return error;
    }
    if (const int error = file.sync()) {
        live_is_sound_ = false;
        return error;
    }
    end_ += frame.size();
    if (next_.is_under_way()) {
        settle_compaction(next_.add(writer_.payload()));
    }
    return 0;
}

/// Cuts off what follows the last commit, and makes sure of it before anything is written there: or a
/// power cut could leave a mixture of both, which looks like damage.
int Store::take_back()
{
    StateFile& file = *files_[live_];
    int error = file.truncate(end_);
    if (error == 0) {
        error = file.sync();
    }
    live_is_sound_ = error == 0;
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
    settle_compaction(error);
}

/// Commits go on where they can: no hurry.
void Store::put_off_compaction() noexcept
{
    next_.abandon();
    compact_at_ = end_ + pace_.small_file;
}

void Store::settle_compaction(int error)
{
    if (error == 0) {
        return;
    }
    put_off_compaction();
    privsep::log(Level::warning, "cannot write a snapshot of the state: {}; {} goes on growing",
                 {std::strerror(error), file_name(live_)});
}

int Store::begin_generation()
{
    const unsigned target = generation_ == 0 ? live_ : 1 - live_;
    const int error = next_.begin(*files_[target], generation_ + 1);
    other_may_win_ = other_may_win_ && error != 0;
    return error;
}

int Store::switch_over()
{
    int error = next_.sync();
    if (error != 0) {
        return error;
    }
    // from here on until it is finished nobody knows which file counts after a crash
    other_may_win_ = true;
    error = next_.finish();
    if (error != 0) {
        return error;
    }
    other_may_win_ = false;
    if (generation_ != 0) {
        files_[live_]->truncate(0); // an older generation never counts again, whatever comes of this
        live_ = 1 - live_;
    }
    ++generation_;
    format_ = journal::version;
    end_ = next_.end();
    live_is_sound_ = true;
    compact_at_ = std::max(pace_.small_file, pace_.growth * end_);
    return 0;
}

/// All at once, in proportion to the zone: rare.
int Store::start_generation()
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

/// Says it when errors begin and when they end, not for every try.
bool Store::settle_error(int error, const char* what)
{
    if (error != 0 && !has_failed_) {
        privsep::log(Level::error, "cannot {}: {}; updates are refused until that is mended, DNS goes on",
                     {what, std::strerror(error)});
    }
    if (error == 0 && has_failed_) {
        privsep::log(Level::notice, "the state can be stored again");
    }
    has_failed_ = error != 0;
    return error == 0;
}

} // namespace keeper
