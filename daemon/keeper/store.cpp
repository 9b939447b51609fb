#include "daemon/keeper/store.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "privsep/log.h"

namespace keeper
{

namespace
{

using privsep::Level;

std::string file_name(unsigned number)
{
    return "STATE." + std::to_string(number);
}

} // namespace

Store::Store(StateFile& first, StateFile& second, const StateSource& source, std::uint64_t small_file)
    : files_{&first, &second}, source_(source), small_file_(small_file),
      frame_(std::make_unique_for_overwrite<std::uint8_t[]>(journal::max_frame))
{
}

bool Store::open(journal::Sink& sink)
{
    std::array<std::vector<std::uint8_t>, 2> contents;
    for (unsigned number = 0; number < contents.size(); ++number) {
        if (const int error = files_[number]->read(contents[number])) {
            throw std::runtime_error{"can not read state file " + file_name(number) + ": " +
                                     std::strerror(error)};
        }
    }
    recovered_ = journal::recover(contents[0], contents[1], sink);
    if (recovered_.found == journal::Found::damaged || recovered_.found == journal::Found::newer) {
        throw std::runtime_error{journal::describe_fault(recovered_)};
    }
    if (recovered_.found == journal::Found::fresh) {
        return false;
    }
    live_ = recovered_.live;
    generation_ = recovered_.generation;
    end_ = recovered_.good_end;
    compact_at_ = std::max(small_file_, 4 * recovered_.snapshot_end);
    if (recovered_.torn_octets != 0) {
        privsep::log(Level::notice,
                     file_name(live_) + ": the last record was not written to its end, so nobody was " +
                         "told that it was; cut off " + std::to_string(recovered_.torn_octets) +
                         " octets at " + std::to_string(end_));
    }
    keep_what_is_unsure(contents[live_]);
    settle_fault(secure(), "secure the state that was read");
    return true;
}

/// Each frame is synced before the next one is written, and the snapshot before the header.
void Store::keep_what_is_unsure(base::Bytes content)
{
    const base::Bytes header = content.first(journal::header_octets);
    const base::Bytes frame = content.subspan(recovered_.last_frame, end_ - recovered_.last_frame);
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
    if (error != 0) {
        return error;
    }
    live_is_sound_ = true;
    unsure_header_ = {};
    unsure_frame_ = {};
    files_[1 - live_]->truncate(0); // an older or a begun generation: it does not count, whatever comes of it
    return 0;
}

void Store::create()
{
    if (const int error = start_generation()) {
        throw std::runtime_error{std::string{"can not store the state: "} + std::strerror(error)};
    }
}

bool Store::commit()
{
    return !is_held_ && settle_fault(commit_now(), "store a change");
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
        return error;
    }
    if (const int error = file.sync()) {
        live_is_sound_ = false;
        return error;
    }
    end_ += frame.size();
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

void Store::compact_if_grown()
{
    if (end_ <= compact_at_) {
        return;
    }
    const std::uint64_t length = end_;
    if (const int error = start_generation()) {
        compact_at_ = length + small_file_; // commits go on where they can: no hurry
        privsep::log(Level::warning, std::string{"can not write a snapshot of the state: "} +
                                         std::strerror(error) + "; " + file_name(live_) + " goes on growing");
    }
}

int Store::start_generation()
{
    const unsigned target = generation_ == 0 ? live_ : 1 - live_;
    StateFile& file = *files_[target];
    int error = file.truncate(0);
    if (error == 0) {
        error = file.sync();
    }
    if (error != 0) {
        return error;
    }
    other_may_win_ = false;
    std::uint64_t end = 0;
    error = write_snapshot(file, generation_ + 1, end);
    if (error == 0) {
        error = file.sync();
    }
    if (error != 0) {
        file.truncate(0); // gives the room back; what stays has no header
        return error;
    }
    // from here on until the sync nobody knows which file counts after a crash
    other_may_win_ = true;
    error = file.write(0, journal::encode(journal::Header{journal::version, generation_ + 1, end}));
    if (error == 0) {
        error = file.sync();
    }
    if (error != 0) {
        return error;
    }
    other_may_win_ = false;
    if (generation_ != 0) {
        files_[live_]->truncate(0); // an older generation never counts again, whatever comes of this
    }
    live_ = target;
    ++generation_;
    end_ = end;
    live_is_sound_ = true;
    compact_at_ = std::max(small_file_, 4 * end);
    return 0;
}

int Store::write_snapshot(StateFile& file, std::uint64_t generation, std::uint64_t& end)
{
    const auto snapshot = std::make_unique<journal::CommitWriter>();
    const journal::CommitHead head = source_.head();
    end = journal::header_octets;
    const auto put = [&] {
        const base::Bytes frame = journal::encode_frame(
            journal::Kind::snapshot, generation, snapshot->payload(), {frame_.get(), journal::max_frame});
        const int error = file.write(end, frame);
        end += frame.size();
        snapshot->begin(head.serial, head.stamp);
        return error;
    };
    snapshot->begin(head.serial, head.stamp);
    snapshot->add(source_.zone());
    journal::HostEntry entry;
    for (std::size_t i = 0; i < source_.hosts(); ++i) {
        if (!source_.host(i, entry)) {
            continue;
        }
        snapshot->add(entry);
        const int error = snapshot->entries() == journal::max_entries ? put() : 0;
        if (error != 0) {
            return error;
        }
    }
    return put();
}

/// Says it when faults begin and when they end, not for every try.
bool Store::settle_fault(int error, const char* what)
{
    if (error != 0 && !is_faulty_) {
        privsep::log(Level::error, std::string{"can not "} + what + ": " + std::strerror(error) +
                                       "; updates are refused until that is mended, DNS goes on");
    }
    if (error == 0 && is_faulty_) {
        privsep::log(Level::notice, "the state can be stored again");
    }
    is_faulty_ = error != 0;
    return error == 0;
}

} // namespace keeper
