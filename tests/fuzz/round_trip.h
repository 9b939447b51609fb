// The property of the messages of every channel.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "proto/ipc/record.h"

namespace fuzz
{

/// Property: a record that can be decoded is encoded as itself, so there is exactly one record for each
/// message; and it is taken without a variant if and only if it can be decoded.
template <typename Variant>
void read_and_write_back(base::Bytes record)
{
    const auto message = ipc::decode<Variant>(record);
    const bool is_taken = ipc::take_record<Variant>(record, [](const auto& /*one*/) { return true; });
    if (is_taken != message.has_value()) {
        std::abort();
    }
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
