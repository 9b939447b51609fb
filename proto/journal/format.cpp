#include "proto/journal/format.h"

#include <algorithm>

#include "proto/journal/crc32c.h"

namespace journal
{

namespace
{

constexpr std::string_view magic = "nanodnsd";
constexpr std::string_view complete = "complete";
constexpr std::size_t checked_bytes = header_bytes - 4 - complete.size();

constexpr std::uint8_t mark = 0xB7;
constexpr std::size_t head_data = frame_head_bytes / word_bytes * word_data;

bool all_zero(Bytes bytes) noexcept
{
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Whether these bytes are a torn write of a header: its first bytes, and zeros up to the end.
bool is_unfinished(Bytes header, std::uint32_t version) noexcept
{
    std::array<std::uint8_t, header_bytes> expected{};
    base::Writer out{expected};
    out.bytes(base::as_bytes(magic));
    out.u32(version);
    std::size_t written = header.size();
    while (written > 0 && header[written - 1] == 0) {
        --written;
    }
    const std::size_t known = std::min(written, out.size());
    return written < header_bytes &&
           std::equal(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(known),
                      header.begin());
}

/// The same for all versions.
bool is_unfinished(Bytes header) noexcept
{
    for (std::uint32_t known = 1; known <= version; ++known) {
        if (is_unfinished(header, known)) {
            return true;
        }
    }
    return false;
}

void pack(Bytes data, base::Writer& out) noexcept
{
    while (!data.empty()) {
        const Bytes part = data.first(std::min(data.size(), word_data));
        out.bytes(part);
        for (std::size_t filled = part.size(); filled < word_data; ++filled) {
            out.u8(0);
        }
        out.u8(mark);
        data = data.subspan(part.size());
    }
}

/// Writes the data of `words` to `room`. Empty if a mark is missing.
std::optional<Bytes> unpack_words(Bytes words, MutableBytes room) noexcept
{
    base::Writer out{room};
    for (; !words.empty(); words = words.subspan(word_bytes)) {
        if (words[word_data] != mark) {
            return std::nullopt;
        }
        out.bytes(words.first(word_data));
    }
    return out.written();
}

/// Whether the part of [begin, end) in any one disk sector is all zeros.
bool lacks_a_sector(Bytes file, std::size_t begin, std::size_t end) noexcept
{
    while (begin < end) {
        const std::size_t next = std::min(end, (begin / sector_bytes + 1) * sector_bytes);
        if (all_zero(file.subspan(begin, next - begin))) {
            return true;
        }
        begin = next;
    }
    return false;
}

struct Head {
    std::uint32_t payload_bytes = 0;
    Kind kind{};
    std::uint64_t generation = 0;
    std::uint32_t payload_crc = 0;
};

std::optional<Head> read_head(Bytes words) noexcept
{
    std::array<std::uint8_t, head_data> room{};
    const auto data = unpack_words(words, room);
    if (!data) {
        return std::nullopt;
    }
    base::Reader in{*data};
    const Head head{in.u32(), static_cast<Kind>(in.u8()), in.u64(), in.u32()};
    const std::uint32_t crc = crc32c(data->first(in.position()));
    return in.u32() == crc && valid(head.kind) ? std::optional{head} : std::nullopt;
}

Frame invalid(FrameState state, const char* error) noexcept
{
    Frame frame;
    frame.state = state;
    frame.error = error;
    return frame;
}

/// An invalid head is torn if its sector was never written or the write ended within it. Otherwise it is
/// damaged.
Frame invalid_head(Bytes file, std::size_t at) noexcept
{
    const bool within_one_write = file.size() - at <= max_frame;
    if (within_one_write && (lacks_a_sector(file, at, at + frame_head_bytes) ||
                             all_zero(file.subspan(at + frame_head_bytes - 1)))) {
        return invalid(FrameState::torn, "the last record is incomplete");
    }
    return invalid(FrameState::damaged, "the head of a record is damaged");
}

} // namespace

std::array<std::uint8_t, header_bytes> encode(const Header& header) noexcept
{
    std::array<std::uint8_t, header_bytes> bytes{};
    base::Writer out{bytes};
    out.bytes(base::as_bytes(magic));
    out.u32(header.version);
    out.u64(header.generation);
    out.u64(header.snapshot_end);
    while (out.size() < checked_bytes) {
        out.u8(0);
    }
    out.u32(crc32c(out.written()));
    out.bytes(base::as_bytes(complete));
    return bytes;
}

HeaderState decode(Bytes file, Header& header) noexcept
{
    const Bytes bytes = file.first(std::min(file.size(), header_bytes));
    if (bytes.size() < header_bytes) {
        return all_zero(bytes) ? HeaderState::unfinished : HeaderState::damaged;
    }
    base::Reader in{bytes};
    const bool has_magic = base::as_text(in.take(magic.size())) == magic;
    const Header read{in.u32(), in.u64(), in.u64()};
    in.take(checked_bytes - in.position());
    const bool crc_matches = in.u32() == crc32c(bytes.first(checked_bytes));
    if (has_magic && crc_matches && base::as_text(in.take(complete.size())) == complete) {
        header = read;
        return HeaderState::whole;
    }
    return is_unfinished(bytes) ? HeaderState::unfinished : HeaderState::damaged;
}

Bytes encode_frame(Kind kind, std::uint64_t generation, Bytes payload, MutableBytes room) noexcept
{
    base::Writer words{room.subspan(frame_head_bytes)};
    pack(payload, words);

    std::array<std::uint8_t, head_data> data{};
    base::Writer head{data};
    head.u32(static_cast<std::uint32_t>(payload.size()));
    head.u8(static_cast<std::uint8_t>(kind));
    head.u64(generation);
    head.u32(crc32c(words.written()));
    head.u32(crc32c(head.written()));
    base::Writer out{room.first(frame_head_bytes)};
    pack(data, out);
    return room.first(frame_head_bytes + words.size());
}

Frame read_frame(Bytes file, std::size_t at) noexcept
{
    const std::size_t left = file.size() - at;
    if (left == 0) {
        return {};
    }
    if (left < frame_head_bytes) {
        return invalid(FrameState::torn, "the file ends within the head of a record");
    }
    const auto head = read_head(file.subspan(at, frame_head_bytes));
    if (!head) {
        return invalid_head(file, at);
    }
    if (head->payload_bytes > max_payload) {
        return invalid(FrameState::damaged, "a record is longer than the limit");
    }
    const std::size_t end = at + frame_bytes(head->payload_bytes);
    if (end > file.size()) {
        return invalid(FrameState::torn, "the file ends within a record");
    }
    Frame frame{FrameState::whole,
                "",
                head->kind,
                head->generation,
                head->payload_bytes,
                end,
                file.subspan(at + frame_head_bytes, end - at - frame_head_bytes)};
    if (crc32c(frame.words) == head->payload_crc) {
        return frame;
    }
    if (end == file.size() && (file[end - 1] == 0 || lacks_a_sector(file, at, end))) {
        return invalid(FrameState::torn, "the last record is incomplete");
    }
    return invalid(FrameState::damaged, "a record is damaged");
}

Bytes unpack(const Frame& frame, MutableBytes room) noexcept
{
    base::Writer out{room};
    for (std::size_t at = 0; at < frame.payload_bytes; at += word_data) {
        const std::size_t count = std::min(word_data, frame.payload_bytes - at);
        out.bytes(frame.words.subspan(at / word_data * word_bytes, count));
    }
    return out.written();
}

} // namespace journal
