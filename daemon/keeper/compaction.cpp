#include "daemon/keeper/compaction.h"

#include <algorithm>
#include <utility>

#include "proto/journal/format.h"

namespace keeper
{

int Compaction::begin(StateFile& file, std::uint64_t generation)
{
    file_ = nullptr;
    int error = file.truncate(0);
    if (error == 0) {
        error = file.sync();
    }
    if (error != 0) {
        return error;
    }
    file_ = &file;
    generation_ = generation;
    end_ = journal::header_bytes;
    unsynced_ = 0;
    cursor_ = 0;
    is_whole_ = false;
    return 0;
}

int Compaction::add(base::Bytes payload)
{
    is_whole_ = false;
    return put(payload);
}

/// The last step always writes a frame, for the newest serial.
int Compaction::step()
{
    const journal::CommitHead head = source_.head();
    const std::size_t hosts = source_.hosts();
    const std::size_t last = std::min(hosts, cursor_ + policy_.hosts_checked);
    writer_.begin(head.serial, head.stamp);
    if (cursor_ == 0) {
        writer_.add(source_.zone());
        if (const auto fixed = source_.fixed_point()) {
            writer_.add(journal::ClockEntry{*fixed});
        }
    }
    journal::HostEntry entry;
    journal::ChallengeEntry challenge;
    for (; cursor_ < last && writer_.entries() < policy_.entries; ++cursor_) {
        if (source_.host(cursor_, entry)) {
            writer_.add(entry);
        }
        if (source_.challenge(cursor_, challenge)) {
            writer_.add(challenge);
        }
    }
    is_whole_ = cursor_ == hosts;
    const int error = is_whole_ || writer_.entries() != 0 ? put(writer_.payload()) : 0;
    return error == 0 && unsynced_ >= policy_.unsynced ? sync() : error;
}

int Compaction::put(base::Bytes payload) noexcept
{
    const base::Bytes frame = journal::encode_frame(journal::Kind::snapshot, generation_, payload, room_);
    const int error = file_->write(end_, frame);
    end_ += frame.size();
    unsynced_ += frame.size();
    return error;
}

int Compaction::sync() noexcept
{
    return std::exchange(unsynced_, 0) == 0 ? 0 : file_->sync();
}

int Compaction::finish() noexcept
{
    StateFile& file = *file_;
    file_ = nullptr;
    const int error = file.write(0, journal::encode(journal::Header{journal::version, generation_, end_}));
    return error != 0 ? error : file.sync();
}

void Compaction::abandon() noexcept
{
    if (is_under_way()) {
        file_->truncate(0);
        file_ = nullptr;
    }
}

} // namespace keeper
