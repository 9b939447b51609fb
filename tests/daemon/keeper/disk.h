// A disk that can be cut off from its power: it keeps, in order, what was written and truncated and not
// yet synced, and gives every content that the files may have afterwards.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "daemon/keeper/state_file.h"
#include "proto/journal/format.h"

namespace keeper
{

using Octets = std::vector<std::uint8_t>;

class DiskFile;

/// What both files share: a count of calls, and what is to fail.
struct Disk {
    std::size_t calls = 0;
    std::size_t fail_from = 0; ///< the first call that fails, from 1; 0: none
    std::size_t fail_count = 0;
    bool syncs = true;             ///< false: a sync does nothing and says that it did
    std::function<void()> on_call; ///< before each call's effect is complete

    bool fails() { return ++calls >= fail_from && fail_from != 0 && calls < fail_from + fail_count; }
};

class DiskFile : public StateFile
{
public:
    explicit DiskFile(Disk& disk) : disk_(disk) {}

    int read(Octets& content) override
    {
        content = image([](std::size_t) { return true; });
        return 0;
    }
    int write(std::uint64_t offset, base::Bytes octets) noexcept override
    {
        const bool fails = disk_.fails();
        const base::Bytes part = fails ? octets.first(octets.size() / 2) : octets;
        operations_.push_back({Kind::write, offset, Octets(part.begin(), part.end()), false});
        disk_.on_call();
        return fails ? ENOSPC : 0;
    }
    /// After one that failed nobody knows what came to the disk, and no later one makes up for it.
    int sync() noexcept override
    {
        const bool fails = disk_.fails();
        for (Operation& operation : operations_) {
            operation.is_durable = operation.is_durable || (!fails && disk_.syncs && !operation.is_lost);
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

    /// How many parts may or may not be on the disk.
    std::size_t parts() const
    {
        std::size_t count = 0;
        for (const Operation& operation : operations_) {
            count += operation.is_durable ? 0 : parts_of(operation);
        }
        return count;
    }
    /// The content where of those the ones are there that `is_there` says, by number.
    Octets image(const std::function<bool(std::size_t)>& is_there) const
    {
        Octets content = base_;
        std::size_t part = 0;
        for (const Operation& operation : operations_) {
            apply(operation, content, part, is_there);
        }
        return content;
    }
    /// The content where the last write ended after `kept` octets.
    Octets torn(std::size_t kept) const
    {
        DiskFile cut{disk_};
        cut.base_ = base_;
        cut.operations_ = operations_;
        cut.operations_.back().octets.resize(kept);
        return cut.image([](std::size_t) { return true; });
    }
    /// Of the last write; 0 where the last call was another.
    std::size_t last_write() const
    {
        return operations_.empty() || operations_.back().kind != Kind::write
                   ? 0
                   : operations_.back().octets.size();
    }

    /// After a crash: this is what is there.
    void become(const Octets& content)
    {
        base_ = content;
        operations_.clear();
    }

private:
    enum class Kind { write, truncate };
    struct Operation {
        Kind kind;
        std::uint64_t offset;
        Octets octets;
        bool is_durable = false;
        bool is_lost = false; ///< a sync of it failed
    };

    static std::size_t first_sector(const Operation& operation)
    {
        return operation.offset / journal::sector_octets;
    }
    /// A write's sectors, and the file's new size.
    static std::size_t parts_of(const Operation& operation)
    {
        if (operation.kind == Kind::truncate || operation.octets.empty()) {
            return 1;
        }
        const std::size_t last = (operation.offset + operation.octets.size() - 1) / journal::sector_octets;
        return last - first_sector(operation) + 2;
    }

    static void apply(const Operation& operation, Octets& content, std::size_t& part,
                      const std::function<bool(std::size_t)>& is_there)
    {
        const auto has = [&](std::size_t number) { return operation.is_durable || is_there(part + number); };
        const std::size_t count = parts_of(operation);
        if (operation.kind == Kind::truncate) {
            content.resize(has(0) ? operation.offset : content.size());
        } else {
            if (has(count - 1)) {
                content.resize(std::max(content.size(), operation.offset + operation.octets.size()));
            }
            for (std::size_t i = 0; i < operation.octets.size(); ++i) {
                const std::size_t at = operation.offset + i;
                if (has(at / journal::sector_octets - first_sector(operation))) {
                    content.resize(std::max(content.size(), at + 1));
                    content[at] = operation.octets[i];
                }
            }
        }
        part += operation.is_durable ? 0 : count;
    }

    /// What lies before the first that may be missing is there for good; before a durable truncation to
    /// nothing, nothing is.
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
            std::size_t part = 0;
            apply(operations_.front(), base_, part, [](std::size_t) { return true; });
            operations_.erase(operations_.begin());
        }
    }

    Disk& disk_;
    Octets base_;
    std::vector<Operation> operations_;
};

} // namespace keeper
