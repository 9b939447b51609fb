// A reply to a question about the zone itself, for its SOA or its NS records, and the question.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/dns/header.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace dns
{

struct ZoneReply {
    Header header;
    Name zone; ///< of the question
    Type type{};
    std::optional<std::uint32_t> serial{}; ///< of the zone's SOA in the answer
    std::vector<Name> name_servers{};      ///< of the zone's NS records in the answer, in their order
};

/// Reads a reply with one question, of class IN. Records of other owners or types are skipped, and so is what
/// follows the answer section. None if it is malformed up to there, or not a reply.
std::optional<ZoneReply> read_zone_reply(base::Bytes message);

/// Writes the question, without recursion. Empty if `room` is too small; Header::size + Name::max_wire_bytes
/// + 4 bytes are enough.
base::Bytes write_zone_question(base::MutableBytes room, std::uint16_t id, const Name& zone,
                                Type type) noexcept;

} // namespace dns
