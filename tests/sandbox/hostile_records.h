// What a process that was broken into could say on a channel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/ipc/codec.h"
#include "proto/ipc/update.h"

namespace sandbox
{

using ByteVector = std::vector<std::uint8_t>;

template <typename Variant>
ByteVector record_of(const Variant& message)
{
    ByteVector room(ipc::max_record);
    room.resize(ipc::encode(message, room).size());
    return room;
}

/// To set HOST.dyn.example.org to 192.0.2.`last`; an empty token stays empty.
ipc::Propose propose(const std::string& host, const std::string& token, std::uint8_t last,
                     std::uint32_t id = 1);

struct NamedRecord {
    std::string name;
    ByteVector bytes;
};

/// Records that are no proposal, with all that is wrong in one alone, and the empty one.
std::vector<NamedRecord> bad_proposals();

} // namespace sandbox
