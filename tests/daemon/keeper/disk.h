// A model of a disk that can lose its power. It keeps, in order, what was written and truncated but not
// synced, and gives every content that the files can have afterwards.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "daemon/keeper/state_file.h"
#include "proto/journal/format.h"

namespace keeper
{

using ByteVector = std::vector<std::uint8_t>;

class DiskFile;

/// The last operation that a sync made durable.
enum class Synced { nothing, cut, header, snapshot, commit };

/// Shared by both files: a count of calls, and which calls fail.
struct Disk {
    std::size_t calls = 0;
    std::size_t writes = 0;
    std::size_t written = 0;        ///< bytes
    std::size_t most_in_a_sync = 0; ///< the most bytes written between two syncs
    std::size_t fail_from = 0;      ///< the first call that fails, from 1; 0: none
    std::size_t fail_count = 0;
    bool syncs = true; ///< false: a sync does nothing and reports success
    std::size_t sync_calls = 0;
    std::vector<Synced> synced;    ///< by each sync
    std::size_t skipped_sync = 0;  ///< the only sync that does nothing, from 1; 0: none
    std::function<void()> on_call; ///< before each call's effect is complete

    bool fails() { return ++calls >= fail_from && fail_from != 0 && calls < fail_from + fail_count; }
};

class DiskFile : public StateFile
{
public:
    explicit DiskFile(Disk& disk) : disk_(disk) {}

    int read(ByteVector& content) override
    {
        content = image([](std::size_t) { return true; });
        return 0;
    }
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override
    {
        const bool fails = disk_.fails();
        const base::Bytes part = fails ? bytes.first(bytes.size() / 2) : bytes;
        operations_.push_back({Kind::write, offset, ByteVector(part.begin(), part.end()), false});
        ++disk_.writes;
        disk_.written += part.size();
        unsynced_ += part.size();
        disk_.on_call();
        return fails ? ENOSPC : 0;
    }
    /// After a failed sync it is not known what is on the disk, and no later sync changes that.
    int sync() noexcept override
    {
        const bool fails = disk_.fails();
        const bool works = !fails && disk_.syncs && ++disk_.sync_calls != disk_.skipped_sync;
        disk_.synced.push_back(newest());
        disk_.most_in_a_sync = std::max(disk_.most_in_a_sync, std::exchange(unsynced_, 0));
        for (Operation& operation : operations_) {
            operation.is_durable = operation.is_durable || (works && !operation.is_lost);
            operation.is_lost = operation.is_lost || (fails && !operation.is_durable);
        }
        collapse();
        disk_.on_call();
        return fails ? EIO : 0;
    }
    int truncate(std::uint64_t size) noexcept override
    {
        const bool fails = disk_.fails();
        if (!fails) {
            operations_.push_back({Kind::truncate, size, {}, false});
        }
        disk_.on_call();
        return fails ? EIO : 0;
    }

    /// The number of parts that may or may not be on the disk.
    std::size_t parts() const
    {
        std::size_t count = 0;
        for (const Operation& operation : operations_) {
            count += operation.is_durable ? 0 : parts_of(operation);
        }
        return count;
    }
    /// The content if those of these parts are on the disk for which `is_there` is true, by number.
    ByteVector image(const std::function<bool(std::size_t)>& is_there) const
    {
        ByteVector content = base_;
        ByteVector cached = base_;
        std::size_t part = 0;
        for (const Operation& operation : operations_) {
            apply(operation, cached);
            apply(operation, cached, content, part, is_there);
        }
        return content;
    }
    /// For each part, the number of the operation that it belongs to.
    std::vector<std::size_t> operations_of_parts() const
    {
        std::vector<std::size_t> result;
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            if (!operations_[i].is_durable) {
                result.insert(result.end(), parts_of(operations_[i]), i);
            }
        }
        return result;
    }
    /// The content if the last write ended after `kept` bytes, and the operations before it are on the disk
    /// for which `is_there` is true, by number.
    ByteVector torn(std::size_t kept, const std::function<bool(std::size_t)>& is_there) const
    {
        DiskFile cut{disk_};
        cut.become(*this);
        cut.operations_.back().bytes.resize(kept);
        const std::vector<std::size_t> owners = cut.operations_of_parts();
        return cut.image([&](std::size_t part) {
            return owners[part] + 1 == cut.operations_.size() || is_there(owners[part]);
        });
    }
    ByteVector torn(std::size_t kept) const
    {
        return torn(kept, [](std::size_t) { return true; });
    }
    /// The number of operations.
    std::size_t operations() const { return operations_.size(); }
    /// The bytes of the last write; 0 if the last call was not a write.
    std::size_t last_write() const
    {
        return operations_.empty() || operations_.back().kind != Kind::write
                   ? 0
                   : operations_.back().bytes.size();
    }

    /// The content after a crash.
    void become(const ByteVector& content)
    {
        base_ = content;
        operations_.clear();
    }
    /// After the writing process has exited: the kernel still has what was not synced.
    void become(const DiskFile& other)
    {
        base_ = other.base_;
        operations_ = other.operations_;
    }

private:
    enum class Kind { write, truncate };
    struct Operation {
        Kind kind;
        std::uint64_t offset;
        ByteVector bytes;
        bool is_durable = false;
        bool is_lost = false; ///< a sync of it failed
    };

    Synced newest() const
    {
        if (operations_.empty() || operations_.back().is_durable) {
            return Synced::nothing;
        }
        const Operation& last = operations_.back();
        if (last.kind == Kind::truncate) {
            return Synced::cut;
        }
        if (last.offset == 0) {
            return Synced::header;
        }
        return journal::read_frame(last.bytes, 0).kind == journal::Kind::snapshot ? Synced::snapshot
                                                                                  : Synced::commit;
    }

    static std::size_t first_sector(const Operation& operation)
    {
        return operation.offset / journal::sector_bytes;
    }
    /// The sectors of a write, and the file's new size.
    static std::size_t parts_of(const Operation& operation)
    {
        if (operation.kind == Kind::truncate || operation.bytes.empty()) {
            return 1;
        }
        const std::size_t last = (operation.offset + operation.bytes.size() - 1) / journal::sector_bytes;
        return last - first_sector(operation) + 2;
    }

    /// Applies the whole operation.
    static void apply(const Operation& operation, ByteVector& content)
    {
        const std::size_t end = operation.offset + operation.bytes.size();
        content.resize(operation.kind == Kind::truncate ? operation.offset : std::max(content.size(), end));
        std::copy(operation.bytes.begin(), operation.bytes.end(),
                  content.begin() + static_cast<std::ptrdiff_t>(operation.offset));
    }

    /// Applies the parts that are on the disk. A sector is written with all that the kernel had in it then,
    /// which is in `cached`.
    static void apply(const Operation& operation, const ByteVector& cached, ByteVector& content,
                      std::size_t& part, const std::function<bool(std::size_t)>& is_there)
    {
        const auto has = [&](std::size_t number) { return operation.is_durable || is_there(part + number); };
        const std::size_t count = parts_of(operation);
        if (operation.kind == Kind::truncate) {
            content.resize(has(0) ? operation.offset : content.size());
        } else {
            const std::size_t end = operation.offset + operation.bytes.size();
            if (has(count - 1)) {
                content.resize(std::max(content.size(), end));
            }
            for (std::size_t i = 0; i + 1 < count; ++i) {
                const std::size_t from = (first_sector(operation) + i) * journal::sector_bytes;
                const std::size_t to = std::min(from + journal::sector_bytes, cached.size());
                if (has(i)) {
                    content.resize(std::max(content.size(), to));
                    std::copy(cached.begin() + static_cast<std::ptrdiff_t>(from),
                              cached.begin() + static_cast<std::ptrdiff_t>(to),
                              content.begin() + static_cast<std::ptrdiff_t>(from));
                }
            }
        }
        part += operation.is_durable ? 0 : count;
    }

    /// Drops operations that are certain: those before the first that may be missing, and all before a
    /// durable truncation to nothing.
    void collapse()
    {
        for (std::size_t i = operations_.size(); i-- > 0;) {
            const Operation& operation = operations_[i];
            if (operation.is_durable && operation.kind == Kind::truncate && operation.offset == 0) {
                operations_.erase(operations_.begin(), operations_.begin() + static_cast<std::ptrdiff_t>(i));
                break;
            }
        }
        while (!operations_.empty() && operations_.front().is_durable) {
            apply(operations_.front(), base_);
            operations_.erase(operations_.begin());
        }
    }

    Disk& disk_;
    ByteVector base_;
    std::vector<Operation> operations_;
    std::size_t unsynced_ = 0; ///< bytes
};

} // namespace keeper
