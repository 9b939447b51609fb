// The property of the messages of every channel.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "proto/ipc/codec.h"

namespace fuzz
{

/// Property: a record that can be decoded is encoded as itself, so there is exactly one record for each
/// message.
template <typename Variant>
void read_and_write_back(base::Bytes record)
{
    const auto message = ipc::decode<Variant>(record);
    if (!message) {
        return;
    }
    std::vector<std::uint8_t> room(record.size());
    const base::Bytes again = ipc::encode(*message, room);
    if (!std::equal(record.begin(), record.end(), again.begin(), again.end())) {
        std::abort();
    }
}

} // namespace fuzz
