// Puts a reply together: header, question, whole RRsets as they fit, OPT (RFC 1035 section 4.1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/dns/query.h"

namespace dns
{

/// Bytes of a record before its data, where the owner is a compression pointer.
inline constexpr std::size_t record_head_bytes = 12;

/// Records in wire form, one after the other, each owner the two bytes of a compression pointer.
struct Records {
    Bytes wire;
    std::uint16_t count = 0;
};

/// A pointer to the name of the question (RFC 1035 section 4.1.4): it stands right behind the header.
inline constexpr std::uint16_t owner_is_question = 0xC000 | Header::size;

/// How many bytes the reply may have: over UDP at most what the requestor takes and what we send
/// (RFC 6891 section 6.2.5), over TCP what the length field can say.
std::size_t reply_limit(const Query& query, bool udp) noexcept;

/// Sections are written in order; nothing may be added to a section once a later one has begun.
class ReplyWriter
{
public:
    /// Writes the question. `room` must have at least 512 bytes; the reply gets no longer
    /// than `limit` and `room`. `options` are for the OPT record, where the query has one. Both must outlive
    /// it.
    ReplyWriter(const Query& query, base::MutableBytes room, std::size_t limit,
                const ReplyOptions& options) noexcept
        : out_(room.first(std::min(limit, room.size()))), query_(query), options_(options),
          header_(begin_header(query)), kept_for_opt_(query.edns ? options.record_bytes() : 0)
    {
        out_.skip(Header::size); // its counts and flags are known at the end
        if (query.question) {
            out_.bytes(query.question->wire());
        }
    }

    void authoritative() noexcept { header_.flags |= flag::aa; }
    void rcode(Rcode rcode) noexcept { rcode_ = rcode; }
    void truncate() noexcept { header_.flags |= flag::tc; }

    /// All of `records` or, where they do not fit, none and the reply is truncated (RFC 2181 section 9).
    /// Returns whether they fit. `owner`: where in the message the name stands that they belong to.
    bool answer(const Records& records, std::size_t owner = Header::size) noexcept
    {
        return add_or_truncate(records, owner, header_.answers);
    }
    bool authority(const Records& records, std::size_t owner = Header::size) noexcept
    {
        return add_or_truncate(records, owner, header_.authorities);
    }
    /// All of `records` or none; the reply is whole without them (RFC 2181 section 9).
    bool additional(const Records& records, std::size_t owner) noexcept
    {
        return add(records, owner, header_.additionals);
    }

    /// Bytes so far: where the next record begins.
    std::size_t size() const noexcept { return out_.size(); }

    Rcode rcode() const noexcept { return rcode_; }
    bool truncated() const noexcept { return (header_.flags & flag::tc) != 0; }
    std::uint16_t answers() const noexcept { return header_.answers; }

    /// Adds the OPT record where the query had one; the message is whole then.
    Bytes finish() noexcept;

private:
    static constexpr std::size_t max_pointer = 0x3FFF; // RFC 1035 section 4.1.4: 14 bits

    static Header begin_header(const Query& query) noexcept;

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
        if (records.wire.size() + kept_for_opt_ > out_.left() || owner > max_pointer) {
            return false;
        }
        const std::size_t begin = out_.size();
        out_.bytes(records.wire);
        count = static_cast<std::uint16_t>(count + records.count);
        if (owner != Header::size) { // records come with the question's name as their owner
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
    std::size_t kept_for_opt_;
};

} // namespace dns
