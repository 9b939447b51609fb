// Any flipped bit in either file, in every kind of record: the state is recovered exactly, or refused with
// one line that says where the damage is. It is never served wrong, and the files are never overwritten. Also
// tests the formats of all releases.
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/faults/model.h"

namespace
{

using faults::Machine;
using keeper::ByteVector;
using testing::HasSubstr;

ByteVector vector_file(const std::string& name)
{
    std::ifstream in{TEST_SOURCE_DIR "/tests/vectors/" + name, std::ios::binary};
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The result of a keeper's start with two files: their state, or why it refuses them.
struct Start {
    Machine machine;
    std::string refusal;

    Start(const ByteVector& first, const ByteVector& second)
    {
        machine.first.become(first);
        machine.second.become(second);
        keeper::Hosts hosts{{9}};
        hosts.finish();
        keeper::Ledger ledger{std::move(hosts), ipc::Digest{1}, machine.first, machine.second};
        refusal = ledger.open({{1}, keeper::unix_time(keeper::start_time), {}}, base::Uptime{1000}).refusal;
    }
    ByteVector content(unsigned number) const
    {
        return (number == 0 ? machine.first : machine.second).image([](std::size_t) { return true; });
    }
};

const std::string version_1 = "1795000009 config 2; home.dyn.example.org. 192.0.2.1 2001:db8::1 1795003600; "
                              "office.dyn.example.org. - 1795007261; www.dyn.example.org. - 0";

// As release 1.0.0 writes it; it must never change, since every later release reads it
TEST(Formats, Version1IsReadForEver)
{
    EXPECT_EQ(faults::view_of(vector_file("state-v1.0"), vector_file("state-v1.1")), version_1);
}

const std::string version_2 =
    "1795000007 config 3; back.dyn.example.org. - 2001:db8::2 1795080000; gone.dyn.example.org. 192.0.2.4 "
    "1795090000 left 1795000005; home.dyn.example.org. 192.0.2.1 2001:db8::1 1795003700; clock 99 1795000100 "
    "30000";

// with a fixed point of the clock, and hosts that left the config: one permanently, one that came back
TEST(Formats, Version2IsReadForEver)
{
    EXPECT_EQ(faults::view_of(vector_file("state-v2.0"), vector_file("state-v2.1")), version_2);
}

const std::string value_a = "-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_";
const std::string value_b = "-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb_";
const std::string value_c = "-ccccccccccccccccccccccccccccccccccccccccc_";
const std::string version_3 =
    "1795000008 config 3; always.dyn.example.org. - 2001:db8::2 1099511627776; gone.dyn.example.org. "
    "192.0.2.4 2001:db8:4::/48 1795090000 left 1795000005; home.dyn.example.org. 192.0.2.2 2001:db8:0:2::1 "
    "2001:db8:0:2::/64 1795003720; prefix.dyn.example.org. - 2001:db8:5::/127 1795090001; "
    "www.dyn.example.org. - 0; home.dyn.example.org. TXT " +
    value_a + " 1795003600 " + value_b + " 1795003620; static.dyn.example.org. TXT " + value_c +
    " 1795003621; clock 99 1795000100 30000";

// with prefixes, challenges, and addresses that never expire
TEST(Formats, Version3IsReadForEver)
{
    EXPECT_EQ(faults::view_of(vector_file("state-v3.0"), vector_file("state-v3.1")), version_3);
}

const std::string version_4 =
    "1795000008 config 3; always.dyn.example.org. - 2001:db8::2 1099511627776 report 0 1795000007 :: 1000 "
    "255; "
    "gone.dyn.example.org. 192.0.2.4 2001:db8:4::/48 1795090000 left 1795000005; home.dyn.example.org. "
    "192.0.2.2 2001:db8:0:2::1 2001:db8:0:2::/64 1795003720 report 1795000020 1795000019 ::ffff:203.0.113.9 "
    "0 "
    "1; www.dyn.example.org. - 0 configured report 1795000022 0 2001:db8::9 0 5; home.dyn.example.org. TXT " +
    value_a + " 1795003600; clock 99 1795000100 30000";

// with reports of clients and of administrators, and a host that still has the addresses of the config
TEST(Formats, Version4IsReadForEver)
{
    EXPECT_EQ(faults::view_of(vector_file("state-v4.0"), vector_file("state-v4.1")), version_4);
}

// a file of an older format must not contain entries that its releases do not know
TEST(Formats, Version1IsRewrittenAtTheStart)
{
    Machine machine;
    machine.first.become(vector_file("state-v1.0"));
    machine.second.become(vector_file("state-v1.1"));
    keeper::Hosts hosts{{9}};
    hosts.finish();
    keeper::Ledger ledger{std::move(hosts), ipc::Digest{2}, machine.first, machine.second};
    const base::FixedPoint start{{5}, keeper::unix_time(keeper::start_time), base::Uptime{1000}};
    ASSERT_EQ(ledger.open(start, base::Uptime{1000}).refusal, "");
    keeper::logged([&] { ledger.start(base::Uptime{1000}); });
    std::size_t whole = 0;
    for (const keeper::DiskFile* file : {&machine.first, &machine.second}) {
        journal::Header header;
        const ByteVector content = file->image([](std::size_t) { return true; });
        if (journal::decode(content, header) == journal::HeaderState::whole) {
            ++whole;
            EXPECT_EQ(header.version, journal::version);
        }
    }
    EXPECT_EQ(whole, 1U);
    EXPECT_EQ(ledger.fixed_point()->boot[0], 5);
    EXPECT_EQ(ledger.departed().count(), 1U) << "home is not in the config, and office has no address";
}

TEST(Formats, Version4IsWhatIsWritten)
{
    EXPECT_EQ(journal::version, 4U) << "a new format needs a file of its own here";
}

// an older generation whose truncation was not written to the disk
void expect_damage_is_detected(const ByteVector& first, const ByteVector& second, const std::string& view)
{
    ASSERT_FALSE(first.empty());
    ASSERT_FALSE(second.empty());
    std::size_t refused = 0;
    std::size_t flips = 0;
    for (const bool in_first : {true, false}) {
        const ByteVector& file = in_first ? first : second;
        for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
            ByteVector flipped = file;
            flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            const ByteVector& left = in_first ? flipped : first;
            const ByteVector& right = in_first ? second : flipped;
            const Start start{left, right};
            ++flips;
            if (start.refusal.empty()) {
                ASSERT_EQ(faults::view_of(start.content(0), start.content(1)), view) << bit;
                continue;
            }
            ++refused;
            ASSERT_THAT(start.refusal, HasSubstr(in_first ? "state file STATE.0" : "state file STATE.1"));
            ASSERT_THAT(start.refusal,
                        testing::AnyOf(HasSubstr(" is damaged at byte "), HasSubstr(" has format ")));
            ASSERT_EQ(start.refusal.find('\n'), std::string::npos);
            ASSERT_EQ(start.content(0), left);
            ASSERT_EQ(start.content(1), right);
            ASSERT_EQ(start.machine.disk.calls, 0U);
        }
    }
    EXPECT_GT(refused, flips / 2);
}

TEST(Damage, OfAnyBitIsRefusedOrHasNoEffect)
{
    expect_damage_is_detected(vector_file("state-v1.0"), vector_file("state-v1.1"), version_1);
    expect_damage_is_detected(vector_file("state-v2.0"), vector_file("state-v2.1"), version_2);
    expect_damage_is_detected(vector_file("state-v3.0"), vector_file("state-v3.1"), version_3);
    expect_damage_is_detected(vector_file("state-v4.0"), vector_file("state-v4.1"), version_4);
}

TEST(Formats, ANewerOneIsRefusedWithAMessage)
{
    ByteVector newer = vector_file("state-v1.1");
    journal::Header header;
    ASSERT_EQ(journal::decode(newer, header), journal::HeaderState::whole);
    header.version = journal::version + 1;
    const auto bytes = journal::encode(header);
    std::copy(bytes.begin(), bytes.end(), newer.begin());
    const Start start{{}, newer};
    EXPECT_THAT(start.refusal, HasSubstr("STATE.1 has format 5 of a later release"));
    EXPECT_EQ(start.content(1), newer);
}

} // namespace
