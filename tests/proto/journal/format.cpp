#include "proto/journal/format.h"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>

#include "proto/base/text.h"
#include "proto/journal/crc32c.h"
#include "tests/proto/journal/images.h"

using namespace journal;

// RFC 3720 appendix B.4
TEST(Crc32c, MatchesTheVectorsOfTheRfc)
{
    const ByteVector zeros(32, 0);
    const ByteVector ones(32, 0xFF);
    ByteVector rising(32);
    std::iota(rising.begin(), rising.end(), std::uint8_t{0});
    EXPECT_EQ(crc32c(zeros), 0x8A9136AAU);
    EXPECT_EQ(crc32c(ones), 0x62A8AB43U);
    EXPECT_EQ(crc32c(rising), 0x46DD794EU);
    EXPECT_EQ(crc32c(base::as_bytes("123456789")), 0xE3069283U);
}

TEST(JournalHeader, IsReadAsItWasWritten)
{
    const Header header{1, 0x0102030405060708, 4711};
    Header read;
    EXPECT_EQ(decode(encode(header), read), HeaderState::whole);
    EXPECT_EQ(read, header);
}

// the layout must never change: later releases must be able to read it
TEST(JournalHeader, HasTheBytesOfVersionOne)
{
    const auto bytes = encode(Header{1, 2, 0x1234});
    EXPECT_EQ(base::as_text(Bytes{bytes}.first(8)), "nanodnsd");
    EXPECT_EQ(base::to_hex(Bytes{bytes}.subspan(8, 20)), "0000000100000000000000020000000000001234");
    EXPECT_EQ(base::as_text(Bytes{bytes}.last(8)), "complete");
}

TEST(JournalHeader, IsUnfinishedIfItsWriteWasTornAtAnyByte)
{
    const auto whole = encode(Header{1, 77, 88});
    for (std::size_t kept = 0; kept < whole.size(); ++kept) {
        auto torn = whole;
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(kept), torn.end(), std::uint8_t{0});
        Header read;
        EXPECT_EQ(decode(torn, read), HeaderState::unfinished) << kept;
    }
}

TEST(JournalHeader, IsDamagedWithAnyBitFlipped)
{
    const auto whole = encode(Header{1, 77, 88});
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto flipped = whole;
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        Header read;
        EXPECT_EQ(decode(flipped, read), HeaderState::damaged) << bit;
    }
}

// a file of another program must not be treated as an incomplete state file
TEST(JournalHeader, IsDamagedInAForeignFile)
{
    Header read;
    EXPECT_EQ(decode(ByteVector(64, 'x'), read), HeaderState::damaged);
    ByteVector text(200, 0);
    text[0] = '[';
    EXPECT_EQ(decode(text, read), HeaderState::damaged);
    EXPECT_EQ(decode(ByteVector(5, 'x'), read), HeaderState::damaged);
    EXPECT_EQ(decode(ByteVector{}, read), HeaderState::unfinished);
    EXPECT_EQ(decode(ByteVector(5, 0), read), HeaderState::unfinished);
}

TEST(JournalFrame, IsReadAsItWasWrittenAtEverySize)
{
    for (std::size_t size = 0; size <= 100; ++size) {
        ByteVector payload(size);
        std::iota(payload.begin(), payload.end(), std::uint8_t{0});
        ByteVector room(max_frame);
        const Bytes bytes = encode_frame(Kind::commit, 9, payload, room);
        EXPECT_EQ(bytes.size(), frame_bytes(size));
        const Frame frame = read_frame(bytes, 0);
        ASSERT_EQ(frame.state, FrameState::whole) << size;
        EXPECT_EQ(frame.generation, 9U);
        EXPECT_EQ(frame.end, bytes.size());
        ByteVector unpacked(max_payload);
        const Bytes got = unpack(frame, unpacked);
        EXPECT_EQ(ByteVector(got.begin(), got.end()), payload);
    }
}

// this distinguishes a damaged record from an unwritten one: no part of a record in a sector is all zeros,
// even with one flipped bit
TEST(JournalFrame, HasNoAlignedWordThatIsOneBitAwayFromZero)
{
    const ByteVector zeros(3000, 0);
    ByteVector room(max_frame);
    const Bytes bytes = encode_frame(Kind::snapshot, 0, zeros, room);
    for (std::size_t at = 0; at < bytes.size(); at += word_bytes) {
        int bits = 0;
        for (const std::uint8_t byte : bytes.subspan(at, word_bytes)) {
            bits += std::popcount(byte);
        }
        EXPECT_GE(bits, 2) << at;
    }
    EXPECT_EQ(header_bytes % word_bytes, 0U);
    EXPECT_EQ(sector_bytes % word_bytes, 0U);
}

TEST(JournalFrame, IsDamagedAndNeverTornWithAnyBitFlipped)
{
    Image image{1};
    image.snapshot(1).seal();
    const std::size_t at = image.size();
    ByteVector payload(600, 0); // crosses sector boundaries
    image.frame(Kind::commit, payload);
    for (std::size_t bit = at * 8; bit < image.size() * 8; ++bit) {
        ByteVector flipped = image.bytes();
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_EQ(read_frame(flipped, at).state, FrameState::damaged) << bit;
    }
}

TEST(JournalFrame, IsTornIfTheFileEndsAtAnyByteOfIt)
{
    ByteVector room(max_frame);
    const Bytes whole = encode_frame(Kind::commit, 1, ByteVector(50, 1), room);
    for (std::size_t kept = 1; kept < whole.size(); ++kept) {
        EXPECT_EQ(read_frame(whole.first(kept), 0).state, FrameState::torn) << kept;
        ByteVector grown(whole.begin(), whole.end()); // the size was written to the disk before the data
        std::fill(grown.begin() + static_cast<std::ptrdiff_t>(kept), grown.end(), std::uint8_t{0});
        EXPECT_EQ(read_frame(grown, 0).state, FrameState::torn) << kept;
    }
    EXPECT_EQ(read_frame(whole.first(0), 0).state, FrameState::end);
}

// there is only one write at a time, so no bytes can follow a torn one
TEST(JournalFrame, IsDamagedIfBytesFollowAnIncompleteFrame)
{
    ByteVector room(max_frame);
    const Bytes whole = encode_frame(Kind::commit, 1, ByteVector(600, 1), room);
    ByteVector file(whole.begin(), whole.end());
    file.insert(file.end(), whole.begin(), whole.end());
    std::fill(file.begin() + 512, file.begin() + static_cast<std::ptrdiff_t>(whole.size()), std::uint8_t{0});
    EXPECT_EQ(read_frame(file, 0).state, FrameState::damaged);
    ByteVector long_zeros(max_frame + 1, 0);
    EXPECT_EQ(read_frame(long_zeros, 0).state, FrameState::damaged);
    EXPECT_EQ(read_frame(Bytes{long_zeros}.first(max_frame), 0).state, FrameState::torn);
}
