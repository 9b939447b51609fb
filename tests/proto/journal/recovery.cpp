#include "proto/journal/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/journal/images.h"

using namespace journal;
using testing::ElementsAre;
using testing::HasSubstr;

namespace
{

const ByteVector nothing;

Image small_state()
{
    Image image{3};
    image.snapshot(100, {host_entry("a.example.org", 1), host_entry("b.example.org", 2)}).seal();
    image.commit(101, host_entry("a.example.org", 11)).commit(102, host_entry("b.example.org", 12));
    return image;
}

ByteVector flipped(const ByteVector& file, std::size_t bit)
{
    ByteVector result = file;
    result[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    return result;
}

} // namespace

TEST(Recovery, FindsNothingInEmptyFiles)
{
    EXPECT_EQ(recover_both(nothing, nothing).recovery.found, Found::fresh);
}

// a power cut can leave the size of a file but none of its data
TEST(Recovery, DistinguishesAFileOfZerosFromAnEmptyOne)
{
    for (const std::size_t size : {1U, 63U, 64U, 511U, 512U, 4096U, 100000U}) {
        const ByteVector zeros(size, 0);
        const std::string bytes = std::to_string(size) + " bytes and no header";
        const Recovery first = recover_both(zeros, nothing).recovery;
        EXPECT_EQ(first.found, Found::lost);
        EXPECT_THAT(describe_error(first), HasSubstr("file STATE.0 has " + bytes));
        const Recovery second = recover_both(nothing, zeros).recovery;
        EXPECT_EQ(second.found, Found::lost);
        EXPECT_THAT(describe_error(second, "/var/x/state"), HasSubstr("file /var/x/state.1 has " + bytes));
        const Recovery both = recover_both(zeros, ByteVector(10, 0)).recovery;
        EXPECT_EQ(both.found, Found::lost);
        EXPECT_THAT(describe_error(both), HasSubstr("STATE.0 and STATE.1 have " + std::to_string(size + 10) +
                                                    " bytes and no header"));
        EXPECT_THAT(describe_error(both), HasSubstr("are lost until the clients send updates"));
        // the other file has all acknowledged updates
        EXPECT_EQ(recover_both(zeros, small_state().bytes()).recovery.found, Found::state);
        EXPECT_EQ(recover_both(small_state().bytes(), zeros).recovery.found, Found::state);
    }
}

// the addresses after the zeros must not be overwritten
TEST(Recovery, RefusesAFileThatLostItsHeaderAndMoreButHasACommit)
{
    Image image{3};
    image.snapshot(100, {host_entry("a.example.org", 1), host_entry("b.example.org", 2)}).seal();
    while (image.size() < 4096) {
        image.commit(101, host_entry("a.example.org", 11));
    }
    image.commit(102, host_entry("b.example.org", 12));
    for (const std::size_t zeros : {std::size_t{64}, std::size_t{512}, std::size_t{4096}}) {
        ByteVector file = image.bytes();
        std::fill_n(file.begin(), std::min(zeros, file.size()), std::uint8_t{0});
        const Recovery found = recover_both(file, nothing).recovery;
        EXPECT_EQ(found.found, Found::damaged) << zeros;
        EXPECT_STREQ(found.error, "the header is lost") << zeros;
        EXPECT_EQ(recover_both(ByteVector(512, 0), file).recovery.found, Found::damaged) << zeros;
    }
}

// the header is written last: an incomplete first snapshot was never acknowledged
TEST(Recovery, FindsNothingIfTheFirstSnapshotIsIncomplete)
{
    Image begun{1};
    begun.snapshot(5);
    EXPECT_EQ(recover_both(begun.bytes(), nothing).recovery.found, Found::fresh);
    EXPECT_EQ(recover_both(nothing, begun.bytes()).recovery.found, Found::fresh);
}

TEST(Recovery, ReplaysTheSnapshotAndEveryCommit)
{
    const Image image = small_state();
    for (const bool is_second : {false, true}) {
        const auto [recovery, entries] =
            is_second ? recover_both(nothing, image.bytes()) : recover_both(image.bytes(), nothing);
        EXPECT_EQ(recovery.found, Found::state);
        EXPECT_EQ(recovery.live, is_second ? 1U : 0U);
        EXPECT_EQ(recovery.generation, 3U);
        EXPECT_EQ(recovery.serial, 102U);
        EXPECT_EQ(recovery.stamp, base::UnixTime{base::Seconds{1700000001}});
        EXPECT_EQ(recovery.good_end, image.size());
        EXPECT_EQ(recovery.torn_bytes, 0U);
        EXPECT_THAT(entries, ElementsAre("zone 7", "a.example.org. 192.0.2.1 - 2000000000",
                                         "b.example.org. 192.0.2.2 - 2000000000",
                                         "a.example.org. 192.0.2.11 - 2000000000",
                                         "b.example.org. 192.0.2.12 - 2000000000"));
    }
}

TEST(Recovery, UsesTheNewerGeneration)
{
    Image newer{4};
    newer.snapshot(200).seal();
    const Image older = small_state();
    EXPECT_EQ(recover_both(older.bytes(), newer.bytes()).recovery.live, 1U);
    EXPECT_EQ(recover_both(newer.bytes(), older.bytes()).recovery.live, 0U);
    EXPECT_EQ(recover_both(newer.bytes(), older.bytes()).recovery.serial, 200U);
}

TEST(Recovery, UsesTheOlderGenerationIfTheNewerOneHasNoHeader)
{
    Image begun{4};
    begun.snapshot(200);
    const auto [recovery, entries] = recover_both(begun.bytes(), small_state().bytes());
    EXPECT_EQ(recovery.live, 1U);
    EXPECT_EQ(recovery.serial, 102U);
    EXPECT_EQ(entries.size(), 5U);
}

TEST(Recovery, RefusesTwoFilesOfOneGeneration)
{
    EXPECT_TRUE(recover_both(small_state().bytes(), small_state().bytes()).refused());
}

TEST(Recovery, KeepsTheLatestStampInAnyOrder)
{
    Image image = small_state();
    image.commit(103, host_entry("a.example.org", 3), 1800000000)
        .commit(104, host_entry("a.example.org", 4), 5);
    EXPECT_EQ(recover_both(image.bytes(), nothing).recovery.stamp, base::UnixTime{base::Seconds{1800000000}});
}

TEST(Recovery, DropsATornLastCommitAndReportsItsSize)
{
    Image image = small_state();
    const std::size_t good = image.size();
    image.commit(103, host_entry("a.example.org", 13));
    for (std::size_t kept = good; kept < image.size(); ++kept) {
        const auto [recovery, entries] = recover_both(Bytes{image.bytes()}.first(kept), nothing);
        ASSERT_EQ(recovery.found, Found::state) << kept;
        EXPECT_EQ(recovery.good_end, good);
        EXPECT_EQ(recovery.torn_bytes, kept - good);
        EXPECT_EQ(recovery.serial, 102U);
        EXPECT_EQ(entries.size(), 5U);
    }
}

// a power cut: any sectors of the current write may be missing
TEST(Recovery, DropsACommitWithAnySectorsMissing)
{
    Image image = small_state();
    const std::size_t good = image.size();
    CommitWriter writer;
    writer.begin(109, base::UnixTime{});
    for (int i = 0; i < 60; ++i) {
        writer.add(host_entry("h" + std::to_string(i) + ".example.org", 1));
    }
    image.frame(Kind::commit, writer.payload());
    const std::size_t first_sector = good / sector_bytes;
    const std::size_t sectors = (image.size() + sector_bytes - 1) / sector_bytes - first_sector;
    ASSERT_GE(sectors, 4U);
    ASSERT_LE(sectors, 12U);
    for (unsigned subset = 1; subset < 1U << sectors; ++subset) {
        ByteVector file = image.bytes();
        for (std::size_t at = good; at < file.size(); ++at) {
            if ((subset >> (at / sector_bytes - first_sector) & 1U) != 0) {
                file[at] = 0;
            }
        }
        const auto [recovery, entries] = recover_both(file, nothing);
        ASSERT_EQ(recovery.found, Found::state) << subset;
        EXPECT_EQ(recovery.good_end, good);
    }
}

// "a bit flip anywhere in either file must be recovered exactly or refused"
TEST(Recovery, NeverReturnsAnotherStateIfAnyBitIsFlipped)
{
    Image older{2};
    older.snapshot(90, {host_entry("a.example.org", 9)}).seal().commit(91, host_entry("a.example.org", 10));
    const Image image = small_state();
    for (const ByteVector& other : {nothing, older.bytes()}) {
        const Outcome right = recover_both(image.bytes(), other);
        for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
            EXPECT_TRUE(recover_both(flipped(image.bytes(), bit), other).refused()) << bit;
        }
        for (std::size_t bit = 0; bit < other.size() * 8; ++bit) {
            const Outcome outcome = recover_both(image.bytes(), flipped(other, bit));
            EXPECT_TRUE(outcome.refused() || outcome.entries == right.entries) << bit;
        }
    }
}

// two errors at once: a crash tears the last record, and a bit of an acknowledged one flips
TEST(Recovery, NeverDropsAnAcknowledgedCommitBeforeATornOne)
{
    Image image = small_state();
    const std::size_t good = image.size();
    image.commit(103, host_entry("a.example.org", 13));
    ByteVector torn = image.bytes();
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(good + 30), torn.end(), std::uint8_t{0});
    ASSERT_EQ(recover_both(torn, nothing).recovery.good_end, good);
    for (std::size_t bit = 0; bit < good * 8; ++bit) {
        EXPECT_TRUE(recover_both(flipped(torn, bit), nothing).refused()) << bit;
    }
}

TEST(Recovery, RefusesAFileThatIsCutInItsSnapshot)
{
    Image image{1};
    image.snapshot(5, {host_entry("a.example.org", 1)}).seal();
    for (std::size_t kept = 1; kept < image.size(); ++kept) {
        EXPECT_TRUE(recover_both(Bytes{image.bytes()}.first(kept), nothing).refused()) << kept;
    }
}

TEST(Recovery, RefusesCommitsWhoseHeaderWasWiped)
{
    ByteVector file = small_state().bytes();
    std::fill_n(file.begin(), header_bytes, std::uint8_t{0});
    const auto [recovery, entries] = recover_both(file, nothing);
    EXPECT_EQ(recovery.found, Found::damaged);
    EXPECT_TRUE(entries.empty());
}

TEST(Recovery, RefusesFramesAtTheWrongPlace)
{
    Image late_snapshot{1};
    late_snapshot.snapshot(5).seal().snapshot(6);
    EXPECT_TRUE(recover_both(late_snapshot.bytes(), nothing).refused());
    Image early_commit{1};
    early_commit.snapshot(5).commit(6, host_entry("a.example.org", 1)).seal();
    EXPECT_TRUE(recover_both(early_commit.bytes(), nothing).refused());
    Image no_snapshot{1};
    no_snapshot.seal();
    EXPECT_TRUE(recover_both(no_snapshot.bytes(), nothing).refused());
    Image one{1};
    one.snapshot(5).seal();
    Image two{2};
    two.snapshot(6).seal().commit(7, host_entry("a.example.org", 1));
    ByteVector mixed = one.bytes(); // followed by a record of another generation
    mixed.insert(mixed.end(), two.bytes().begin() + static_cast<std::ptrdiff_t>(one.size()),
                 two.bytes().end());
    EXPECT_TRUE(recover_both(mixed, nothing).refused());
}

// RFC 1982: the serial increases, also when it wraps, and never decreases
TEST(Recovery, RefusesASerialThatDecreases)
{
    Image falling{1};
    falling.snapshot(100).seal().commit(99, host_entry("a.example.org", 1));
    EXPECT_TRUE(recover_both(falling.bytes(), nothing).refused());
    Image wrapping{1};
    wrapping.snapshot(0xFFFFFFFF).seal().commit(0, host_entry("a.example.org", 1));
    EXPECT_EQ(recover_both(wrapping.bytes(), nothing).recovery.serial, 0U);
    Image equal{1}; // only a new lifetime
    equal.snapshot(7).seal().commit(7, host_entry("a.example.org", 1));
    EXPECT_EQ(recover_both(equal.bytes(), nothing).recovery.found, Found::state);
}

TEST(Recovery, RefusesALaterFormatAndNamesTheFile)
{
    Image later{9};
    later.snapshot(5).seal(version + 1);
    for (const bool is_second : {false, true}) {
        const auto outcome = is_second ? recover_both(small_state().bytes(), later.bytes())
                                       : recover_both(later.bytes(), small_state().bytes());
        EXPECT_EQ(outcome.recovery.found, Found::newer);
        EXPECT_THAT(describe_error(outcome.recovery), HasSubstr("later release"));
        EXPECT_THAT(describe_error(outcome.recovery), HasSubstr(is_second ? "STATE.1" : "STATE.0"));
    }
}

TEST(Recovery, ReportsTheOffsetOfTheDamage)
{
    Image image{1};
    image.snapshot(5).seal();
    const std::size_t at = image.size();
    image.commit(6, host_entry("a.example.org", 1));
    const auto outcome = recover_both(flipped(image.bytes(), (at + 40) * 8), nothing);
    EXPECT_EQ(outcome.recovery.error_at, at);
    EXPECT_THAT(describe_error(outcome.recovery),
                HasSubstr("STATE.0 is damaged at byte " + std::to_string(at)));
}

TEST(Commit, RefusesAMalformedPayload)
{
    CommitWriter writer;
    writer.begin(1, base::UnixTime{});
    writer.add(host_entry("a.example.org", 1));
    const ByteVector whole(writer.payload().begin(), writer.payload().end());
    for (std::size_t kept = 0; kept < whole.size(); ++kept) {
        TextSink sink;
        EXPECT_EQ(read_commit(Bytes{whole}.first(kept), sink).has_value(), kept == 12) << kept;
    }
    const auto with = [&](std::size_t at, std::uint8_t byte) {
        ByteVector bytes = whole;
        bytes.at(at) = byte;
        TextSink sink;
        return read_commit(bytes, sink).has_value();
    };
    EXPECT_FALSE(with(12, 3));               // another kind of entry
    EXPECT_FALSE(with(28, 32));              // an unknown field
    EXPECT_FALSE(with(whole.size() - 8, 1)); // a time after max_time
    EXPECT_FALSE(with(4, 1));
    ByteVector longer = whole;
    longer.push_back(0);
    TextSink sink;
    EXPECT_FALSE(read_commit(longer, sink));
}

TEST(Commit, HoldsAFullBatchOfTheLargestEntries)
{
    std::string name;
    for (int i = 0; i < 3; ++i) {
        name += std::string(63, 'x') + '.';
    }
    name += std::string(61, 'x');
    HostEntry entry = host_entry(name, 1);
    entry.aaaa = base::Address6{};
    entry.prefix = base::Prefix6{};
    entry.left = entry.expires;
    ASSERT_EQ(entry.name.wire().size(), 255U);
    ChallengeEntry challenge{entry.name, {}};
    challenge.challenge.add({{1}, entry.expires});
    challenge.challenge.add({{2}, entry.expires});
    CommitWriter writer;
    const auto expect_room = [&](const auto& largest) {
        writer.begin(1, base::UnixTime{});
        for (std::size_t i = 0; i < max_entries; ++i) {
            writer.add(largest);
        }
        TextSink sink;
        EXPECT_TRUE(read_commit(writer.payload(), sink));
        EXPECT_EQ(sink.lines.size(), max_entries);
    };
    expect_room(entry);
    expect_room(challenge);
}
