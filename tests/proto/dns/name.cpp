#include "proto/dns/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "proto/dns/compact_name.h"

namespace
{

using base::Bytes;
using base::Reader;
using dns::Compression;
using dns::Name;
using ByteVector = std::vector<std::uint8_t>;

Name name(std::string_view text)
{
    return *Name::from_text(text);
}

/// The name at `offset`; empty if it cannot be read.
std::optional<Name> read(const ByteVector& message, std::size_t offset,
                         Compression compression = Compression::allowed)
{
    Reader in{message};
    in.take(offset);
    const Name result = Name::read(in, compression);
    return in.ok() ? std::optional{result} : std::nullopt;
}

std::string label(std::size_t size, char letter = 'a')
{
    return std::string(size, letter);
}

/// Four labels, of 63, 63, 63 and `last` bytes.
std::string long_name(std::size_t last)
{
    return label(63) + "." + label(63) + "." + label(63) + "." + label(last);
}

TEST(NameRead, ReadsLabelsAndStopsAfterTheRoot)
{
    const ByteVector message{1, 'a', 2, 'b', 'c', 0, 9};
    Reader in{message};
    EXPECT_EQ(Name::read(in).to_text(), "a.bc.");
    EXPECT_EQ(in.left(), 1U);
}

TEST(NameRead, FollowsPointersAndStopsAfterTheFirst)
{
    const ByteVector message{3, 'o', 'r', 'g', 0, 1, 'b', 0xC0, 0, 1, 'a', 0xC0, 5, 7};
    Reader in{message};
    in.take(9);
    EXPECT_EQ(Name::read(in).to_text(), "a.b.org.");
    EXPECT_EQ(in.left(), 1U);
}

// RFC 1035 section 4.1.4: "a prior occurrence", so never itself and never forward.
TEST(NameRead, RefusesAPointerThatDoesNotPointBackwards)
{
    EXPECT_FALSE(read({0xC0, 0}, 0));
    EXPECT_FALSE(read({1, 'a', 0xC0, 0}, 0));  // into its own name
    EXPECT_FALSE(read({1, 'a', 0xC0, 2}, 0));  // to itself
    EXPECT_FALSE(read({0xC0, 2, 0}, 0));       // forward
    EXPECT_FALSE(read({0xFF, 0xFF}, 0));       // beyond the message
    EXPECT_FALSE(read({0xC0, 2, 0xC0, 0}, 2)); // the first points backwards, the second forward
    EXPECT_TRUE(read({0, 0xC0, 0}, 1));
}

TEST(NameRead, RefusesAPointerThatIsCutOff)
{
    EXPECT_FALSE(read({0, 0xC0}, 1));
}

// RFC 6891 section 5, RFC 1035 section 4.1.4
TEST(NameRead, RefusesTheReservedLabelTypes)
{
    for (unsigned type = 0x40; type < 0xC0; ++type) {
        EXPECT_FALSE(read({0, static_cast<std::uint8_t>(type), 0, 0}, 1)) << type;
    }
}

TEST(NameRead, RefusesPointersIfTheyAreForbidden)
{
    EXPECT_FALSE(read({0, 0xC0, 0}, 1, Compression::forbidden));
    EXPECT_TRUE(read({1, 'a', 0}, 0, Compression::forbidden));
}

TEST(NameRead, RefusesANameThatIsCutOff)
{
    EXPECT_FALSE(read({}, 0));
    EXPECT_FALSE(read({1}, 0));
    EXPECT_FALSE(read({1, 'a'}, 0));
    EXPECT_FALSE(read({2, 'a', 0}, 0));
}

// RFC 1035 section 2.3.4
TEST(NameRead, AcceptsA255ByteNameAndRefusesA256ByteOne)
{
    ByteVector longest;
    for (int i = 0; i < 127; ++i) {
        longest.insert(longest.end(), {1, 'x'});
    }
    longest.push_back(0);
    ASSERT_EQ(longest.size(), 255U);
    EXPECT_EQ(read(longest, 0)->labels(), 127U);
    EXPECT_TRUE(read(longest, 0, Compression::forbidden));
    ByteVector too_long{2, 'y', 'y'};
    too_long.insert(too_long.end(), longest.begin() + 2, longest.end());
    ASSERT_EQ(too_long.size(), 256U);
    EXPECT_FALSE(read(too_long, 0));
    EXPECT_FALSE(read(too_long, 0, Compression::forbidden));
    Reader in_place{too_long};
    dns::LabelStarts labels;
    Name::read_in_place(in_place, labels);
    EXPECT_FALSE(in_place.ok());
}

// Pointers make a long name from a short message. The limit applies to the name.
TEST(NameRead, RefusesANameThatPointersMakeTooLong)
{
    ByteVector message;
    std::size_t previous = 0;
    for (int i = 0; i < 5; ++i) {
        const std::size_t start = message.size();
        message.push_back(63);
        message.insert(message.end(), 63, 'x');
        if (i == 0) {
            message.push_back(0);
        } else {
            message.insert(message.end(), {static_cast<std::uint8_t>(0xC0 | previous >> 8),
                                           static_cast<std::uint8_t>(previous)});
        }
        EXPECT_EQ(read(message, start).has_value(), i < 3) << i; // 65, 129, 193 bytes; 257 are too many
        previous = start;
    }
}

TEST(NameReadInPlace, ReturnsAViewOfTheMessage)
{
    const ByteVector message{9, 1, 'A', 0, 9};
    Reader in{message};
    in.u8();
    dns::LabelStarts labels;
    const Bytes bytes = Name::read_in_place(in, labels);
    EXPECT_EQ(bytes.data(), message.data() + 1);
    EXPECT_THAT(bytes, testing::ElementsAre(1, 'A', 0));
    EXPECT_EQ(in.left(), 1U);
}

TEST(NameReadInPlace, RefusesPointersAndCutNames)
{
    for (const ByteVector& message :
         {ByteVector{}, ByteVector{1}, ByteVector{1, 'a'}, ByteVector{0xC0, 0}, ByteVector{0x41, 'a', 0}}) {
        Reader in{message};
        dns::LabelStarts labels;
        EXPECT_TRUE(Name::read_in_place(in, labels).empty());
        EXPECT_FALSE(in.ok());
    }
}

dns::LabelStarts label_starts(const ByteVector& name)
{
    Reader in{name};
    dns::LabelStarts labels;
    EXPECT_EQ(Name::read_in_place(in, labels).size(), name.size());
    return labels;
}

TEST(LabelStarts, AreTheOffsetsOfTheLabels)
{
    const ByteVector message{2, 'a', 1, 1, 'b', 0};
    const dns::LabelStarts labels = label_starts(message);
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < Name::max_wire_bytes; ++at) {
        if (labels.contains(at)) {
            starts.push_back(at);
        }
    }
    EXPECT_THAT(starts, testing::ElementsAre(0, 3, 5)); // 5 is the root
    EXPECT_EQ(labels.before(254), 5U);
    EXPECT_EQ(labels.before(5), 3U);
    EXPECT_EQ(labels.before(3), 0U);
    EXPECT_EQ(labels.before(0), std::nullopt);
    EXPECT_TRUE(label_starts({0}).contains(0));
}

TEST(LabelStarts, AreRightForLabelsOfAllLengthsAtAllOffsets)
{
    for (std::size_t first = 1; first <= 63; ++first) {
        for (std::size_t others = 1; others <= 63; ++others) {
            ByteVector name;
            std::vector<std::size_t> expected;
            for (std::size_t length = first; name.size() + length + 2 <= 255; length = others) {
                expected.push_back(name.size());
                name.push_back(static_cast<std::uint8_t>(length));
                name.insert(name.end(), length, 1); // each byte could be a length
            }
            expected.push_back(name.size());
            name.push_back(0);
            const dns::LabelStarts labels = label_starts(name);
            std::vector<std::size_t> starts;
            for (auto at = labels.before(254); at; at = labels.before(*at)) {
                starts.insert(starts.begin(), *at);
            }
            if (labels.contains(254)) {
                starts.push_back(254);
            }
            ASSERT_EQ(starts, expected) << first << ' ' << others;
        }
    }
}

TEST(NameSkip, SkipsTheNameThatReadReads)
{
    const ByteVector message{0, 1, 'a', 0xC0, 0, 7};
    Reader in{message};
    in.u8();
    EXPECT_EQ(Name::skip(in), 1U);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(in.u8(), 7);
}

TEST(NameSkip, FailsIfThereAreMoreLabelsThanAllowed)
{
    const ByteVector message{1, 'a', 1, 'b', 0, 7};
    for (const std::size_t most : {0U, 1U, 2U, 3U}) {
        Reader in{message};
        const std::size_t labels = Name::skip(in, most);
        EXPECT_EQ(in.ok(), most >= 2) << most;
        EXPECT_EQ(labels, std::min<std::size_t>(most, 2)) << most;
    }
}

TEST(NameSkip, RefusesForwardPointersAndCutNames)
{
    for (const ByteVector& message : {ByteVector{}, ByteVector{1, 'a'}, ByteVector{0xC0, 0},
                                      ByteVector{1, 'a', 0xC0, 0}, ByteVector{0x80}, ByteVector{0xC0}}) {
        Reader in{message};
        Name::skip(in);
        EXPECT_FALSE(in.ok());
    }
}

// RFC 1035 section 5.1
TEST(NameText, ReadsAndWritesPresentationFormat)
{
    EXPECT_EQ(name("example.org").to_text(), "example.org.");
    EXPECT_EQ(name("example.org."), name("example.org"));
    EXPECT_EQ(name(".").to_text(), ".");
    EXPECT_TRUE(name(".").is_root());
    EXPECT_EQ(name("a\\.b.c").labels(), 2U);
    EXPECT_EQ(name("a\\.b.c").to_text(), "a\\.b.c.");
    EXPECT_EQ(name("\\097\\000").to_text(), "a\\000.");
    EXPECT_EQ(name("a\\\\b").to_text(), "a\\\\b.");
    EXPECT_EQ(name("a\\ b").to_text(), "a\\032b.");
    EXPECT_EQ(name("a\\.").labels(), 1U);
}

TEST(NameText, RefusesInvalidNames)
{
    for (const char* text : {"", "..", ".a", "a..b", "a..", "\\256.x", "\\25", "\\2x5", "a\\"}) {
        EXPECT_FALSE(Name::from_text(text)) << text;
    }
}

TEST(NameText, EnforcesTheLimitsOfRfc1035)
{
    EXPECT_TRUE(Name::from_text(label(63)));
    EXPECT_FALSE(Name::from_text(label(64)));
    EXPECT_EQ(name(long_name(61)).wire().size(), 255U);
    EXPECT_FALSE(Name::from_text(long_name(62)));
}

TEST(Name, IgnoresCaseInComparisonsAndKeepsIt)
{
    EXPECT_EQ(name("EXample.org"), name("exAMPLE.ORG"));
    EXPECT_NE(name("example.org"), name("example.net"));
    EXPECT_NE(name("a.b"), name("a\\.b"));
    EXPECT_EQ(name("EXample.org").to_text(), "EXample.org.");
    EXPECT_EQ(name("EX@Z[.Org").lowered().to_text(), "ex@z[.org.");
}

TEST(Name, KnowsItsAncestors)
{
    const Name apex = name("example.org");
    EXPECT_TRUE(apex.is_at_or_below(apex));
    EXPECT_TRUE(name("a.b.Example.ORG").is_at_or_below(apex));
    EXPECT_TRUE(apex.is_at_or_below(name(".")));
    EXPECT_FALSE(name("org").is_at_or_below(apex));
    EXPECT_FALSE(name("xexample.org").is_at_or_below(apex));
    // the last bytes are equal, but not at a label boundary
    EXPECT_FALSE(name("abc\\007example.org").is_at_or_below(apex));
}

TEST(Name, SplitsAndJoinsNames)
{
    EXPECT_EQ(name("a.b.c").parent(), name("b.c"));
    EXPECT_TRUE(name("a").parent().is_root());
    EXPECT_TRUE(Name{}.parent().is_root());
    EXPECT_EQ(base::as_text(name("ab.c").first_label()), "ab");
    EXPECT_TRUE(Name{}.first_label().empty());
    EXPECT_EQ(*Name::join(name("a.b"), name("c")), name("a.b.c"));
    EXPECT_EQ(*Name::join(Name{}, name("c")), name("c"));
    EXPECT_EQ(*name("c").child("a.b"), name("a\\.b.c"));
    EXPECT_FALSE(name("c").child(""));
    EXPECT_FALSE(name("c").child(label(64)));
}

TEST(Name, RefusesToBecomeTooLong)
{
    const Name almost = name(long_name(59)); // 253 bytes
    EXPECT_TRUE(almost.child("x"));
    EXPECT_FALSE(almost.child("xx"));
    EXPECT_TRUE(Name::join(name("x"), almost));
    EXPECT_FALSE(Name::join(name("xx"), almost));
}

TEST(CompactName, HasTheBytesOfTheName)
{
    EXPECT_TRUE(dns::CompactName{}.get().is_root());
    EXPECT_TRUE(dns::CompactName{}.first_label().empty());
    for (const Name& one : {Name{}, name("a"), name("Some-Host.dyn.example.org"), name(long_name(61))}) {
        const dns::CompactName compact{one};
        EXPECT_EQ(base::as_text(compact.wire()), base::as_text(one.wire()));
        EXPECT_EQ(compact.get(), one);
        EXPECT_EQ(base::as_text(compact.first_label()), base::as_text(one.first_label()));
        EXPECT_EQ(compact.to_text(), one.to_text());
    }
}

TEST(CompactName, AppendsAnApexIfTheNameDoesNotGetTooLong)
{
    const auto joined = [](const Name& below, const Name& apex) {
        dns::CompactName compact{below};
        EXPECT_EQ(compact.append(apex), Name::join(below, apex).has_value());
        return compact.get();
    };
    EXPECT_EQ(joined(name("a"), name("dyn.example.org")), name("a.dyn.example.org"));
    EXPECT_EQ(joined(Name{}, name("dyn.example.org")), name("dyn.example.org"));
    EXPECT_EQ(joined(name("a.b"), Name{}), name("a.b"));
    const Name almost = name(long_name(59)); // 253 bytes
    EXPECT_EQ(joined(name("x"), almost).wire().size(), 255U);
    EXPECT_EQ(joined(name("xx"), almost), name("xx")) << "unchanged";
}

} // namespace
