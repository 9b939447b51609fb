// The state file as bytes: a header, then frames. All integers are in network byte order.
//
//   header   64 bytes: "nanodnsd", version u32, generation u64, end of the snapshot u64, zeros,
//            CRC-32C u32 of all before it, "complete"
//   frame    3 words of head, then words of payload
//   word     7 bytes of data and the mark 0xB7; the last word of a payload is filled up with zeros
//   head     payload length u32, kind u8, generation u64, CRC-32C u32 of the payload's words,
//            CRC-32C u32 of the head's data before it
//
// The frames up to the end of the snapshot are the state as it was when the header was written, which is
// after they are synced. They are written little by little, while the other file takes commits; so a host may
// be in them more than once, and the last entry counts. Each frame behind them is one commit, written by one
// write and synced before the next.
//
// Why words: a frame starts at a multiple of eight, so a disk sector's share of it is whole words, and no
// word is zero, nor is it with any one bit flipped. A sector that was never written is all zeros. So a
// write that a power cut tore can be told from a damaged one, and a flipped bit never makes a commit look
// like one that was not finished. A header that was not finished ends in a zero byte; a whole one with
// one bit flipped does not.
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

/// What is written. Older ones, from 1 on, are read (commit.h has what is new in each).
inline constexpr std::uint32_t version = 2;
inline constexpr std::size_t header_bytes = 64;
/// The smallest unit that a disk writes whole or not at all.
inline constexpr std::size_t sector_bytes = 512;

/// The first 64 bytes keep their layout in every version.
struct Header {
    std::uint32_t version = journal::version;
    std::uint64_t generation = 0;   ///< from 1; the file with the greater one counts
    std::uint64_t snapshot_end = 0; ///< offset in the file
    friend bool operator==(const Header&, const Header&) = default;
};

std::array<std::uint8_t, header_bytes> encode(const Header& header) noexcept;

enum class HeaderState : std::uint8_t {
    whole = 1,
    unfinished = 2, ///< not there, not begun or torn: the file does not count
    damaged = 3,
};

/// Looks at the first 64 bytes of `file`, of which there may be fewer. `header` is set where it is whole.
HeaderState decode(Bytes file, Header& header) noexcept;

enum class Kind : std::uint8_t { snapshot = 1, commit = 2 };
constexpr bool valid(Kind kind)
{
    return kind == Kind::snapshot || kind == Kind::commit;
}

inline constexpr std::size_t word_bytes = 8;
inline constexpr std::size_t word_data = 7;
inline constexpr std::size_t frame_head_bytes = 3 * word_bytes;
/// Bytes of payload a frame: what a full batch of the largest entries needs (commit.h).
inline constexpr std::size_t max_payload = 18480;

/// Bytes of a frame with `payload` bytes.
constexpr std::size_t frame_bytes(std::size_t payload) noexcept
{
    return frame_head_bytes + (payload + word_data - 1) / word_data * word_bytes;
}
inline constexpr std::size_t max_frame = frame_bytes(max_payload);

/// `payload` has at most max_payload bytes and `room` at least max_frame.
Bytes encode_frame(Kind kind, std::uint64_t generation, Bytes payload, MutableBytes room) noexcept;

enum class FrameState : std::uint8_t {
    whole = 1,
    end = 2,     ///< nothing follows
    torn = 3,    ///< the last write was not finished; nothing else follows
    damaged = 4, ///< written once, and no longer what was written
};

struct Frame {
    FrameState state = FrameState::end;
    const char* error = ""; ///< where it is torn or damaged: what is wrong, as part of a sentence
    Kind kind = Kind::commit;
    std::uint64_t generation = 0;
    std::size_t payload_bytes = 0;
    std::size_t end = 0; ///< offset in the file
    Bytes words;         ///< the payload's
};

/// The frame at offset `at` of `file`; `at` is at most the file's size.
Frame read_frame(Bytes file, std::size_t at) noexcept;

/// The payload of a whole frame; `room` has at least max_payload bytes.
Bytes unpack(const Frame& frame, MutableBytes room) noexcept;

} // namespace journal
