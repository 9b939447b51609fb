#include "daemon/zone/zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <malloc.h>
#include <set>
#include <string>

#include "daemon/zone/name_table.h"
#include "daemon/zone/wire_names.h"
#include "proto/base/text.h"

namespace
{

using base::Bytes;
using dns::Name;
using dns::Type;
using zone::Place;
using zone::Zone;

Name name(std::string_view text)
{
    return *Name::from_text(text);
}

ipc::ResponderSetup setup(std::string_view apex = "example.org")
{
    ipc::ResponderSetup result;
    result.apex = name(apex);
    result.name_servers = {name("ns.example.net")};
    result.mailbox = name("hostmaster.example.org");
    return result;
}

/// The data of all records of one type at a name.
std::vector<Bytes> data(const Zone& zone, std::string_view owner, Type type)
{
    std::vector<Bytes> result;
    for (const zone::RRset& rrset : zone.look_up(name(owner).wire()).rrsets) {
        base::Reader in{zone.records(rrset).wire};
        for (unsigned i = 0; i < rrset.count; ++i) {
            in.take(10);
            const Bytes record = in.take(in.u16());
            if (rrset.type == type) {
                result.push_back(record);
            }
        }
        EXPECT_TRUE(in.finished());
    }
    return result;
}

std::uint32_t serial_in(dns::Records soa)
{
    return base::Reader{soa.wire.last(20)}.u32();
}

const std::vector<std::uint8_t> one4 = {192, 0, 2, 1};

TEST(Zone, FindsNamesInAnyCase)
{
    Zone zone{setup("EXAMPLE.org")};
    zone.add_host({name("Home.Example.ORG"), 60, {{1, one4}}});
    EXPECT_THAT(data(zone, "hOME.eXAMPLE.org", Type::a),
                testing::ElementsAre(testing::ElementsAreArray(one4)));
}

TEST(Zone, ReportsTheOffsetOfTheApex)
{
    Zone zone{setup()};
    EXPECT_EQ(zone.look_up(name("example.org").wire()).apex_offset, 0U);
    EXPECT_EQ(zone.look_up(name("ab.c.example.org").wire()).apex_offset, 5U);
    EXPECT_EQ(zone.look_up(name("ab.c.example.org").wire()).place, Place::missing);
    EXPECT_EQ(zone.look_up(name("example.com").wire()).place, Place::outside);
}

TEST(Zone, AnUpdateReplacesAllAddressesAlsoConfiguredOnes)
{
    Zone zone{setup()};
    zone.add_host({name("home.example.org"), 60, {{1, one4}, {1, {192, 0, 2, 2}}, {16, {1, 'x'}}}});
    zone.add_host({name("other.example.org"), 60, {{1, {192, 0, 2, 3}}}});
    EXPECT_EQ(data(zone, "home.example.org", Type::a).size(), 2U);

    EXPECT_TRUE(
        zone.set_addresses(ipc::HostIndex{0}, base::Address4{{10, 0, 0, 1}}, base::Address6{{0x20, 1}}));
    EXPECT_THAT(data(zone, "home.example.org", Type::a),
                testing::ElementsAre(testing::ElementsAre(10, 0, 0, 1)));
    ASSERT_EQ(data(zone, "home.example.org", Type::aaaa).size(), 1U);
    EXPECT_EQ(data(zone, "home.example.org", Type::aaaa)[0][1], 1);
    EXPECT_EQ(data(zone, "home.example.org", Type{16}).size(), 1U); // not an address: unchanged

    EXPECT_TRUE(zone.set_addresses(ipc::HostIndex{0}, std::nullopt, std::nullopt));
    EXPECT_TRUE(data(zone, "home.example.org", Type::a).empty());
    EXPECT_TRUE(data(zone, "home.example.org", Type::aaaa).empty());
    EXPECT_EQ(zone.look_up(name("home.example.org").wire()).place, Place::present); // it has another type
    EXPECT_EQ(data(zone, "other.example.org", Type::a).size(), 1U);

    zone.set_addresses(ipc::HostIndex{0}, base::Address4{{10, 0, 0, 2}}, std::nullopt);
    EXPECT_EQ(data(zone, "home.example.org", Type::a).size(), 1U);
}

TEST(Zone, RefusesAHostIndexThatIsTooLarge)
{
    Zone zone{setup()};
    EXPECT_FALSE(zone.set_addresses(ipc::HostIndex{0}, std::nullopt, std::nullopt));
    zone.add_host({name("home.example.org"), 60, {}});
    EXPECT_TRUE(zone.set_addresses(ipc::HostIndex{0}, std::nullopt, std::nullopt));
    EXPECT_FALSE(zone.set_addresses(ipc::HostIndex{1}, std::nullopt, std::nullopt));
    EXPECT_FALSE(zone.set_addresses(ipc::HostIndex{0xFFFFFFFF}, std::nullopt, std::nullopt));
}

TEST(Zone, AddressesOfAHostHaveItsTtl)
{
    Zone zone{setup()};
    zone.add_host({name("home.example.org"), 4711, {}});
    zone.set_addresses(ipc::HostIndex{0}, base::Address4{{1, 2, 3, 4}}, std::nullopt);
    const auto match = zone.look_up(name("home.example.org").wire());
    base::Reader in{zone.records(match.rrsets[0]).wire};
    in.take(6);
    EXPECT_EQ(in.u32(), 4711U);
}

// [@]: the apex is a host, added between others
TEST(Zone, TheApexMayBeAHost)
{
    Zone zone{setup()};
    zone.add_host({name("home.example.org"), 60, {{1, one4}}});
    zone.add_host({name("example.org"), 60, {}});
    zone.add_host({name("a.home.example.org"), 60, {{1, one4}}});
    zone.set_addresses(ipc::HostIndex{1}, base::Address4{{9, 9, 9, 9}}, std::nullopt);
    EXPECT_EQ(data(zone, "example.org", Type::a).size(), 1U);
    EXPECT_EQ(data(zone, "example.org", Type::soa).size(), 1U);
    EXPECT_EQ(data(zone, "example.org", Type::ns).size(), 1U);
    EXPECT_EQ(data(zone, "home.example.org", Type::a).size(), 1U);
    EXPECT_EQ(data(zone, "a.home.example.org", Type::a).size(), 1U);
}

TEST(Zone, EmptyNonTerminalsExistAndMayBecomeHosts)
{
    Zone zone{setup()};
    zone.add_host({name("a.b.c.example.org"), 60, {{1, one4}}});
    EXPECT_EQ(zone.look_up(name("b.c.example.org").wire()).place, Place::present);
    EXPECT_EQ(zone.look_up(name("c.example.org").wire()).place, Place::present);
    EXPECT_TRUE(zone.look_up(name("c.example.org").wire()).rrsets.empty());
    EXPECT_EQ(zone.look_up(name("b.example.org").wire()).place, Place::missing);
    zone.add_host({name("c.example.org"), 60, {{1, one4}}});
    EXPECT_EQ(data(zone, "c.example.org", Type::a).size(), 1U);
}

TEST(Zone, HoldsSeveralRecordsOfSeveralTypes)
{
    Zone zone{setup()};
    zone.add_host({name("x.example.org"), 60, {{16, {1, 'a'}}, {15, {0, 1, 0}}, {16, {1, 'b'}}, {1, one4}}});
    EXPECT_EQ(data(zone, "x.example.org", Type{16}).size(), 2U);
    EXPECT_EQ(data(zone, "x.example.org", Type{15}).size(), 1U);
    EXPECT_EQ(data(zone, "x.example.org", Type::a).size(), 1U);
}

TEST(Zone, RefusesAHostOutsideTheZoneAndRecordsOfTheWrongLength)
{
    Zone zone{setup()};
    EXPECT_FALSE(zone.add_host({name("home.example.net"), 60, {}}));
    EXPECT_FALSE(zone.add_host({name("xexample.org"), 60, {}}));
    EXPECT_FALSE(zone.add_host({name("home.example.org"), 60, {{1, {1, 2, 3}}}}));
    EXPECT_FALSE(zone.add_host({name("home.example.org"), 60, {{28, one4}}}));
}

std::string labels(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "a.";
    }
    return text;
}

// RFC 4592 section 3.3.1: a wildcard covers missing names at each depth below its parent, and nothing above
// it.
TEST(Zone, AWildcardCoversMissingNamesAtEachDepthBelowItsParent)
{
    constexpr std::size_t deepest = 120; // 255 bytes with the apex and one more label
    for (std::size_t depth = 0; depth <= deepest; ++depth) {
        Zone zone{setup()};
        zone.add_host({name("*." + labels(depth) + "example.org"), 60, {{1, one4}}});
        zone.complete();
        for (std::size_t below = 0; below <= deepest; ++below) {
            const std::string owner = "b." + labels(below) + "example.org";
            ASSERT_EQ(data(zone, owner, Type::a).size(), below < depth ? 0U : 1U) << depth << ' ' << below;
            ASSERT_EQ(zone.look_up(name(owner).wire()).apex_offset, 2 + 2 * below);
        }
    }
}

// RFC 4592 section 2.2.2: an empty non-terminal is a closest encloser, so a wildcard above it does not cover
// names below it.
TEST(Zone, AnEmptyNonTerminalHidesWildcardsAboveIt)
{
    Zone zone{setup()};
    zone.add_host({name("*.example.org"), 60, {{1, one4}}});
    zone.add_host({name("host.b.c.example.org"), 60, {{1, one4}}});
    zone.complete();
    for (const char* hidden : {"x.c", "x.b.c", "x.y.b.c", "x.host.b.c"}) {
        EXPECT_EQ(zone.look_up(name(std::string{hidden} + ".example.org").wire()).place, Place::missing);
    }
    for (const char* covered : {"x", "x.y", "b", "b.x.host.b.d"}) {
        EXPECT_EQ(data(zone, std::string{covered} + ".example.org", Type::a).size(), 1U) << covered;
    }
}

// RFC 1035 section 2.3.4: at most 127 labels, including those of the apex.
TEST(Zone, FindsNamesOf127Labels)
{
    for (const std::size_t apex_labels : {0U, 1U, 60U, 126U, 127U}) {
        const std::string apex = apex_labels == 0 ? "." : labels(apex_labels);
        const std::string below = labels(127 - apex_labels);
        Zone zone{setup(apex)};
        zone.add_host({name(below + (apex_labels == 0 ? "" : apex)), 60, {{1, one4}}});
        zone.complete();
        EXPECT_EQ(data(zone, labels(127), Type::a).size(), 1U) << apex_labels;
        EXPECT_EQ(zone.look_up(name(labels(127)).wire()).apex_offset, below.size());
        std::string other = labels(127);
        other[0] = 'b';
        const Place expected = apex_labels == 127 ? Place::outside : Place::missing;
        EXPECT_EQ(zone.look_up(name(other).wire()).place, expected) << apex_labels;
    }
}

// The bytes of the apex at the end of a longer label are not the apex, wherever in a long name that is.
TEST(Zone, StartsAtALabelBoundary)
{
    const Name apex = name("b.example.org");
    Zone zone{setup("b.example.org")};
    for (std::vector<std::uint8_t> above; above.size() + 2 + apex.wire().size() <= Name::max_wire_bytes;
         above.insert(above.end(), {1, 'x'})) {
        for (const bool is_whole : {true, false}) {
            std::vector<std::uint8_t> bytes = above;
            bytes.push_back(is_whole ? 1 : 3); // 3: the label extends over the apex's first label
            bytes.push_back('x');
            bytes.insert(bytes.end(), apex.wire().begin(), apex.wire().end());
            base::Reader in{bytes};
            ASSERT_EQ(Name::read(in).wire().size(), bytes.size());
            EXPECT_EQ(zone.look_up(bytes).place, is_whole ? Place::missing : Place::outside) << above.size();
        }
    }
}

// The predecessor accepts an empty domain.
TEST(Zone, MayBeTheRoot)
{
    Zone zone{setup(".")};
    zone.add_host({name("home"), 60, {{1, one4}}});
    EXPECT_EQ(data(zone, "home", Type::a).size(), 1U);
    EXPECT_EQ(data(zone, ".", Type::soa).size(), 1U);
    EXPECT_EQ(zone.look_up(name("no.home").wire()).place, Place::missing);
}

// RFC 1982: the first serial is taken unchanged, later ones only grow, also around the end
TEST(Zone, TheSerialNeverDecreases)
{
    Zone zone{setup()};
    zone.set_serial(0xFFFFFFF0);
    EXPECT_EQ(zone.serial(), 0xFFFFFFF0U);
    zone.set_serial(0xFFFFFFEF);
    EXPECT_EQ(zone.serial(), 0xFFFFFFF0U);
    zone.set_serial(5);
    EXPECT_EQ(zone.serial(), 5U);
    EXPECT_EQ(serial_in(zone.negative_soa()), 5U);
    EXPECT_EQ(serial_in(zone.records(zone.look_up(name("example.org").wire()).rrsets[0])), 5U);
}

TEST(Zone, HoldsAHundredThousandHosts)
{
    Zone zone{setup()};
    constexpr unsigned hosts = 100000;
    for (unsigned i = 0; i < hosts; ++i) {
        zone.add_host({name("host" + std::to_string(i) + ".example.org"), 60, {}});
    }
    zone.complete();
    for (unsigned i = 0; i < hosts; i += 9999) {
        zone.set_addresses(ipc::HostIndex{i}, base::Address4{{10, 0, 0, static_cast<std::uint8_t>(i)}},
                           std::nullopt);
    }
    for (unsigned i = 0; i < hosts; i += 9999) {
        EXPECT_EQ(data(zone, "host" + std::to_string(i) + ".example.org", Type::a).at(0)[3], i & 0xFF);
    }
    EXPECT_EQ(zone.look_up(name("host100000.example.org").wire()).place, Place::missing);
}

// Each host with room for an address of each family. A part of it is reserved and never touched: of the
// responder's private memory, 120 bytes a host are used.
TEST(Zone, TakesFewBytesAHost)
{
    constexpr unsigned hosts = 100000;
    constexpr std::size_t most_bytes = 134;
    const auto allocated = [] {
        const auto info = ::mallinfo2(); // all 0 with a sanitizer
        return info.uordblks + info.hblkhd;
    };
    const std::size_t before = allocated();
    ipc::ResponderSetup head = setup();
    head.hosts = hosts;
    Zone zone{head};
    for (unsigned i = 0; i < hosts; ++i) {
        zone.add_host({name("h" + std::to_string(i) + ".example.org"), 60, {}});
    }
    zone.complete();
    EXPECT_LE((allocated() - before) / hosts, most_bytes);
}

TEST(NameTable, FindsEachNumberOfOneHash)
{
    zone::NameTable table;
    EXPECT_EQ(table.find(7, [](std::uint32_t) { return true; }), std::nullopt);
    for (const std::uint32_t number : {3U, 4U, 5U}) {
        table.insert(7, number);
    }
    table.insert(7 + 64, 6); // starts at the same slot
    for (const std::uint32_t wanted : {3U, 4U, 5U}) {
        EXPECT_EQ(table.find(7, [&](std::uint32_t number) { return number == wanted; }), wanted);
    }
    EXPECT_EQ(table.find(7, [](std::uint32_t number) { return number == 6; }), std::nullopt);
    EXPECT_EQ(table.find(7 + 64, [](std::uint32_t) { return true; }), 6U);
}

TEST(NameTable, FindsEveryNameAfterGrowing)
{
    zone::NameTable table;
    const auto hash = [](const std::string& name) { return zone::hash_of(base::as_bytes(name)); };
    for (unsigned i = 0; i < 5000; ++i) {
        table.insert(hash(std::to_string(i)), i);
    }
    for (unsigned i = 0; i < 5000; ++i) {
        EXPECT_EQ(table.find(hash(std::to_string(i)), [i](std::uint32_t number) { return number == i; }), i);
    }
}

// Each length and each byte changes the hash, whichever way the bytes are read.
TEST(NameTable, HashesOfDifferentNamesDiffer)
{
    std::set<std::uint32_t> hashes;
    const std::string bytes(40, 'a');
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        std::string name = bytes.substr(0, size);
        hashes.insert(zone::hash_of(base::as_bytes(name)));
        for (std::size_t i = 0; i < size; ++i) {
            name[i] = 'b';
            hashes.insert(zone::hash_of(base::as_bytes(name)));
            name[i] = 'a';
        }
    }
    EXPECT_EQ(hashes.size(), 41U + 40U * 41U / 2U);
}

// RFC 4343 section 3: case is ignored for ASCII letters only, at every place in a name.
TEST(WireNames, AreEqualIfTheyDifferInCaseOnly)
{
    for (std::size_t size = 1; size <= 40; ++size) {
        for (unsigned first = 0; first < 256; ++first) {
            std::vector<std::uint8_t> name(size);
            for (std::size_t i = 0; i < size; ++i) {
                name[i] = static_cast<std::uint8_t>(first + i * 37);
            }
            std::vector<std::uint8_t> lowered = name;
            std::transform(name.begin(), name.end(), lowered.begin(),
                           [](std::uint8_t byte) { return base::lower(byte); });
            EXPECT_TRUE(zone::is_same(name, lowered)) << size << ' ' << first;
            EXPECT_EQ(zone::hash_of(name), zone::hash_of(lowered)) << size << ' ' << first;
            lowered[first % size] ^= 0x80;
            EXPECT_FALSE(zone::is_same(name, lowered)) << size << ' ' << first;
        }
    }
    EXPECT_FALSE(zone::is_same(base::as_bytes("a"), base::as_bytes("ab")));
}

} // namespace
