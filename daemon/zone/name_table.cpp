#include "daemon/zone/name_table.h"

#include <algorithm>
#include <cstring>

namespace zone
{

namespace
{

constexpr std::size_t first_slots = 64;

/// The names that are in the table come from the config, and what is asked for changes nothing, so nobody
/// from outside can make the table slow: the hash needs no secret.
std::uint32_t hash_of(base::Bytes name) noexcept
{
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio
    std::uint64_t hash = name.size();
    while (!name.empty()) {
        const std::size_t size = std::min(name.size(), sizeof(std::uint64_t));
        std::uint64_t word = 0;
        std::memcpy(&word, name.data(), size);
        hash = (hash ^ word) * odd;
        hash ^= hash >> 32;
        name = name.subspan(size);
    }
    return static_cast<std::uint32_t>(hash);
}

} // namespace

NameTable::NameTable() : slots_(first_slots) {}

std::size_t NameTable::slot_of(base::Bytes name, std::uint32_t hash) const noexcept
{
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash & mask;
    while (slots_[slot] != 0) {
        const Entry& entry = entries_[slots_[slot] - 1];
        if (entry.hash == hash && entry.size == name.size() &&
            std::equal(name.begin(), name.end(), names_.begin() + entry.offset)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

base::Bytes NameTable::name(std::uint32_t number) const noexcept
{
    const Entry& entry = entries_[number];
    return base::Bytes{names_}.subspan(entry.offset, entry.size);
}

std::uint32_t NameTable::insert(base::Bytes name)
{
    const std::uint32_t hash = hash_of(name);
    std::size_t slot = slot_of(name, hash);
    if (slots_[slot] != 0) {
        return slots_[slot] - 1;
    }
    if ((entries_.size() + 1) * 2 > slots_.size()) { // at most half full: a search is a step or two
        grow();
        slot = slot_of(name, hash);
    }
    entries_.push_back(
        {hash, static_cast<std::uint32_t>(names_.size()), static_cast<std::uint8_t>(name.size())});
    names_.insert(names_.end(), name.begin(), name.end());
    slots_[slot] = size();
    return size() - 1;
}

std::optional<std::uint32_t> NameTable::find(base::Bytes name) const noexcept
{
    const std::uint32_t number = slots_[slot_of(name, hash_of(name))];
    return number != 0 ? std::optional{number - 1} : std::nullopt;
}

void NameTable::grow()
{
    std::vector<std::uint32_t> larger(slots_.size() * 2);
    const std::size_t mask = larger.size() - 1;
    for (std::uint32_t i = 0; i < size(); ++i) {
        std::size_t slot = entries_[i].hash & mask;
        while (larger[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        larger[slot] = i + 1;
    }
    slots_ = std::move(larger);
}

void NameTable::shrink_to_fit()
{
    entries_.shrink_to_fit();
    names_.shrink_to_fit();
}

} // namespace zone
