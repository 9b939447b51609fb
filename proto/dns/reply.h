// Builds a reply: header, question, as many whole RRsets as fit, and the OPT record (RFC 1035 section 4.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/dns/query.h"

namespace dns
{

/// Bytes of a record before its data, if the owner is a compression pointer.
inline constexpr std::size_t record_head_bytes = 12;

/// Records in wire form. Each owner is a compression pointer of two bytes.
struct Records {
    Bytes wire;
    std::uint16_t count = 0;
};

/// A pointer to the name of the question, which follows the header (RFC 1035 section 4.1.4).
inline constexpr std::uint16_t owner_is_question = 0xC000 | Header::size;

/// The largest allowed reply, in bytes. Over UDP: the smaller of the requestor's limit and ours (RFC 6891
/// section 6.2.5). Over TCP: what the length field can express.
std::size_t reply_limit(const Query& query, bool udp) noexcept;

/// Sections must be written in order: answer, authority, additional.
class ReplyWriter
{
public:
    /// Writes the question. `room` must have at least 512 bytes; the reply is at most as long as `limit` and
    /// `room`. `options` are for the OPT record, which the reply has if the query has one. The writer keeps
    /// references to `query`, `room` and `options`.
    ReplyWriter(const Query& query, base::MutableBytes room, std::size_t limit,
                const ReplyOptions& options) noexcept
        : out_(room.first(std::min(limit, room.size()))), query_(query), options_(options),
          header_(make_header(query)), reserved_for_opt_(query.edns ? options.record_bytes() : 0)
    {
        out_.skip(Header::size); // written by finish(), when counts and flags are known
        if (query.question) {
            out_.bytes(query.question->wire());
        }
    }

    void authoritative() noexcept { header_.flags |= flag::aa; }
    void rcode(Rcode rcode) noexcept { rcode_ = rcode; }
    void truncate() noexcept { header_.flags |= flag::tc; }

    /// Adds all of `records`. If they do not fit, adds none and marks the reply as truncated (RFC 2181
    /// section 9). Returns whether they fit. `owner`: the offset of their owner's name in the message.
    bool answer(const Records& records, std::size_t owner = Header::size) noexcept
    {
        return add_or_truncate(records, owner, header_.answers);
    }
    bool authority(const Records& records, std::size_t owner = Header::size) noexcept
    {
        return add_or_truncate(records, owner, header_.authorities);
    }
    /// Adds all of `records` or none. A reply without them is not truncated (RFC 2181 section 9).
    bool additional(const Records& records, std::size_t owner) noexcept
    {
        return add(records, owner, header_.additionals);
    }

    /// Bytes so far: the offset of the next record.
    std::size_t size() const noexcept { return out_.size(); }

    Rcode rcode() const noexcept { return rcode_; }
    bool truncated() const noexcept { return (header_.flags & flag::tc) != 0; }
    std::uint16_t answers() const noexcept { return header_.answers; }

    /// Adds the OPT record if the query had one, and returns the complete message.
    Bytes finish() noexcept;

private:
    static constexpr std::size_t max_pointer = 0x3FFF; // RFC 1035 section 4.1.4: 14 bits

    static Header make_header(const Query& query) noexcept;

    bool add_or_truncate(const Records& records, std::size_t owner, std::uint16_t& count) noexcept
    {
        const bool fits = add(records, owner, count);
        if (!fits) {
            truncate();
        }
        return fits;
    }
    bool add(const Records& records, std::size_t owner, std::uint16_t& count) noexcept
    {
        if (records.wire.size() + reserved_for_opt_ > out_.left() || owner > max_pointer) {
            return false;
        }
        const std::size_t begin = out_.size();
        out_.bytes(records.wire);
        count = static_cast<std::uint16_t>(count + records.count);
        if (owner != Header::size) { // the stored records point to the question's name
            point_owners(begin, owner);
        }
        return true;
    }
    void point_owners(std::size_t begin, std::size_t owner) noexcept;

    base::Writer out_;
    const Query& query_;
    const ReplyOptions& options_;
    Header header_;
    Rcode rcode_ = Rcode::noerror;
    std::size_t reserved_for_opt_;
};

} // namespace dns
