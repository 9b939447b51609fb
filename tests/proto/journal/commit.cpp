// Entries of version 4.
#include "proto/journal/commit.h"

#include <gtest/gtest.h>

#include "tests/proto/journal/images.h"

using namespace journal;

// the fields of the entry are all independent
TEST(Commit, HasEachFieldOfAHostThatIsGiven)
{
    for (unsigned fields = 0; fields < 256; ++fields) {
        HostEntry entry{*dns::Name::from_text("a.example.org"), {}, {}, base::UnixTime{base::never}};
        const auto add = [fields](unsigned bit, auto& field, const auto& value) {
            if ((fields & bit) != 0) {
                field = value;
            }
        };
        add(1, entry.a, base::Address4{{192, 0, 2, 1}});
        add(2, entry.aaaa, *base::parse_address6("2001:db8::1"));
        add(4, entry.prefix, base::prefix_of(*base::parse_address6("2001:db8:ffff::"), 33));
        add(8, entry.expires, base::UnixTime{base::Seconds{5}});
        add(16, entry.left, base::UnixTime{base::Seconds{6}});
        const base::UnixTime seen{base::Seconds{7}};
        add(32, entry.report, Report{seen, seen, *base::parse_address6("2001:db8::9"), 1000, 255});
        add(64, entry.is_updated, (fields & 7) != 0);
        add(128, entry.report.is_awaited, (fields & 32) != 0);
        TextSink expected;
        expected.host(entry);
        CommitWriter writer;
        writer.begin(1, {});
        writer.add(entry);
        TextSink sink;
        EXPECT_TRUE(read_commit(writer.payload(), sink));
        EXPECT_EQ(sink.lines, expected.lines);
    }
}

TEST(Commit, IsMalformedWithAPrefixOrAChallengeThatIsNeverWritten)
{
    HostEntry entry{*dns::Name::from_text("a.example.org"), {}, {}, base::UnixTime{base::never}};
    entry.prefix = base::prefix_of(*base::parse_address6("2001:db8::"), 64);
    ChallengeEntry challenge{entry.name, {}};
    challenge.challenge.add({{1}, {}});
    challenge.challenge.add({{2}, {}});
    const auto accepts = [](const auto& written, std::size_t from_end, std::uint8_t byte) {
        CommitWriter writer;
        writer.begin(1, {});
        writer.add(written);
        ByteVector bytes(writer.payload().begin(), writer.payload().end());
        bytes.at(bytes.size() - from_end) = byte;
        TextSink sink;
        return read_commit(bytes, sink).has_value();
    };
    EXPECT_TRUE(accepts(entry, 1, 65));
    EXPECT_FALSE(accepts(entry, 1, 129)); // the length
    EXPECT_FALSE(accepts(entry, 2, 1));   // a bit behind it
    entry.report.source = 1;
    EXPECT_TRUE(accepts(entry, 1, 2));
    EXPECT_FALSE(accepts(entry, 1, 0)); // a report that says nothing
    entry.report.is_awaited = true;
    EXPECT_FALSE(accepts(entry, 1, 1)); // since when?
    entry.report.seen = base::UnixTime{base::Seconds{7}};
    EXPECT_TRUE(accepts(entry, 1, 1));
    EXPECT_TRUE(accepts(challenge, 8 + 43, 3));
    EXPECT_FALSE(accepts(challenge, 8 + 43, 1));           // the same value twice
    EXPECT_FALSE(accepts(challenge, 2 * (8 + 43) + 1, 3)); // the number of values
}

TEST(Commit, IsMalformedWithAddressesOfAHostThatWasNotUpdated)
{
    for (unsigned family = 0; family < 4; ++family) {
        HostEntry entry{*dns::Name::from_text("a.example.org"), {}, {}, base::UnixTime{base::never}};
        entry.a = family == 1 ? std::optional{base::Address4{}} : std::nullopt;
        entry.aaaa = family == 2 ? std::optional{base::Address6{}} : std::nullopt;
        entry.prefix = family == 3 ? std::optional{base::Prefix6{}} : std::nullopt;
        entry.is_updated = false;
        CommitWriter writer;
        writer.begin(1, {});
        writer.add(entry);
        TextSink sink;
        EXPECT_EQ(read_commit(writer.payload(), sink).has_value(), family == 0);
    }
}

TEST(Challenge, KeepsTheTwoNewestValues)
{
    Challenge challenge;
    const auto add = [&](std::uint8_t text, int expires) {
        challenge.add({{text}, base::UnixTime{base::Seconds{expires}}});
    };
    const auto texts = [&] {
        std::vector<int> all;
        for (const ChallengeValue& value : challenge.values()) {
            all.push_back(value.text[0]);
        }
        return all;
    };
    add(1, 1);
    add(2, 2);
    EXPECT_EQ(texts(), (std::vector{1, 2}));
    add(1, 3); // set again, so it is the newest
    EXPECT_EQ(texts(), (std::vector{2, 1}));
    EXPECT_EQ(challenge.values()[1].expires.time_since_epoch().count(), 3);
    add(3, 4);
    EXPECT_EQ(texts(), (std::vector{1, 3}));
    Challenge other;
    other.add({{3}, {}});
    EXPECT_FALSE(other.same_texts(challenge));
    other.add({{1}, {}});
    EXPECT_TRUE(other.same_texts(challenge));
    EXPECT_NE(other, challenge);
}
