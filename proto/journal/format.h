// The format of a state file: a header, then frames. All integers are in network byte order.
//
//   header   64 bytes: "nanodnsd", version u32, generation u64, end of the snapshot u64, zeros,
//            CRC-32C u32 of the bytes before it, "complete"
//   frame    a head of 3 words, then the payload in words
//   word     7 bytes of data and the mark 0xB7; the last word of a payload is padded with zeros
//   head     payload length u32, kind u8, generation u64, CRC-32C u32 of the payload's words,
//            CRC-32C u32 of the head's data before it
//
// The frames up to the end of the snapshot are the state at the time when the header was written, which is
// after they were synced. They are written in small steps, while commits go to the other file. So a host may
// have several entries in the snapshot; the last one counts. Each later frame is one commit: it is written by
// one write(2) and synced before the next one.
//
// The reason for words: a frame starts at a multiple of eight, so the part of it in a disk sector consists of
// whole words. No word is all zeros, even if one of its bits is flipped, but a sector that was never written
// is all zeros. So a write that was torn by a power cut can be distinguished from damage, and a flipped bit
// never makes a commit look like an incomplete one. For the same reason a header ends in "complete": an
// incomplete header ends in a zero byte, a complete one with one flipped bit does not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "proto/base/bytes.h"

namespace journal
{

using base::Bytes;
using base::MutableBytes;

/// The version that is written. Older versions, from 1 on, can be read (commit.h lists the differences).
inline constexpr std::uint32_t version = 4;
inline constexpr std::size_t header_bytes = 64;
/// The smallest unit that a disk writes atomically.
inline constexpr std::size_t sector_bytes = 512;

/// The first 64 bytes keep their layout in every version.
struct Header {
    std::uint32_t version = journal::version;
    std::uint64_t generation = 0;   ///< from 1; the file with the greater one is live
    std::uint64_t snapshot_end = 0; ///< offset in the file
    friend bool operator==(const Header&, const Header&) = default;
};

std::array<std::uint8_t, header_bytes> encode(const Header& header) noexcept;

enum class HeaderState : std::uint8_t {
    whole = 1,
    unfinished = 2, ///< missing, zeros or torn: the file is not live
    damaged = 3,
};

/// Reads the first 64 bytes of `file`, which may be shorter. Sets `header` if it is whole.
HeaderState decode(Bytes file, Header& header) noexcept;

enum class Kind : std::uint8_t { snapshot = 1, commit = 2 };
constexpr bool valid(Kind kind)
{
    return kind == Kind::snapshot || kind == Kind::commit;
}

inline constexpr std::size_t word_bytes = 8;
inline constexpr std::size_t word_data = 7;
inline constexpr std::size_t frame_head_bytes = 3 * word_bytes;
/// The most bytes of payload in a frame: a full batch of the largest entries (commit.h).
inline constexpr std::size_t max_payload = 36632;

/// The size of a frame with `payload` bytes.
constexpr std::size_t frame_bytes(std::size_t payload) noexcept
{
    return frame_head_bytes + (payload + word_data - 1) / word_data * word_bytes;
}
inline constexpr std::size_t max_frame = frame_bytes(max_payload);

/// `payload` must have at most max_payload bytes, and `room` at least max_frame.
Bytes encode_frame(Kind kind, std::uint64_t generation, Bytes payload, MutableBytes room) noexcept;

enum class FrameState : std::uint8_t {
    whole = 1,
    end = 2,     ///< the end of the file
    torn = 3,    ///< the last write was incomplete; nothing else follows
    damaged = 4, ///< the bytes are not those that were written
};

struct Frame {
    FrameState state = FrameState::end;
    const char* error = ""; ///< if torn or damaged: the error, as part of a sentence
    Kind kind = Kind::commit;
    std::uint64_t generation = 0;
    std::size_t payload_bytes = 0;
    std::size_t end = 0; ///< offset in the file
    Bytes words;         ///< the payload's
};

/// The frame at offset `at` of `file`, which must not be greater than the file's size.
Frame read_frame(Bytes file, std::size_t at) noexcept;

/// The payload of a whole frame. `room` must have at least max_payload bytes.
Bytes unpack(const Frame& frame, MutableBytes room) noexcept;

} // namespace journal
