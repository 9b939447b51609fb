#include "tests/proto/ipc/messages.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proto/ipc/record.h"

using namespace ipc;

namespace
{

template <typename Variant>
bool is_malformed(const ByteVector& record)
{
    const bool is_taken = take_record<Variant>(record, [](const auto& /*message*/) { return true; });
    EXPECT_EQ(is_taken, decode<Variant>(record).has_value());
    return !is_taken;
}

ByteVector with_byte(ByteVector record, std::size_t at, std::uint8_t byte)
{
    record.at(at) = byte;
    return record;
}

} // namespace

TEST(IpcRecord, IsEncodedAgainAsTheSameBytes)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (const Variant& message : messages) {
            const ByteVector record = record_of(message);
            ASSERT_FALSE(record.empty());
            const auto read = decode<Variant>(record);
            ASSERT_TRUE(read);
            EXPECT_EQ(read->index(), message.index());
            EXPECT_EQ(record_of(*read), record);
        }
    });
}

TEST(IpcRecord, IsTheSameWithoutAVariant)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (const Variant& message : messages) {
            ByteVector room(max_record);
            const auto encoded = [&](const auto& one) { return encode(MessageRef<Variant>{one}, room); };
            const Bytes bytes = std::visit(encoded, message);
            const ByteVector record{bytes.begin(), bytes.end()};
            EXPECT_EQ(record, record_of(message));
            std::size_t taken = 0;
            EXPECT_TRUE(take_record<Variant>(record, [&](const auto& one) {
                ++taken;
                return record_of(Variant{one}) == record;
            }));
            EXPECT_EQ(taken, 1U);
            EXPECT_FALSE(take_record<Variant>(record, [](const auto& /*one*/) { return false; }));
        }
    });
}

// A channel carries only the messages of its variant.
TEST(IpcRecord, IsMalformedWithATagOfAnotherChannel)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (unsigned tag = 0; tag < 256; ++tag) {
            const bool known = [&]<std::size_t... I>(std::index_sequence<I...>)
            {
                return ((std::variant_alternative_t<I, Variant>::tag == tag) || ...);
            }
            (std::make_index_sequence<std::variant_size_v<Variant>>{});
            for (const Variant& message : messages) {
                if (!known) {
                    const ByteVector record =
                        with_byte(record_of(message), 0, static_cast<std::uint8_t>(tag));
                    EXPECT_TRUE(is_malformed<Variant>(record));
                }
            }
        }
    });
}

TEST(IpcRecord, IsMalformedIfItIsTooShort)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (const Variant& message : messages) {
            const ByteVector record = record_of(message);
            for (std::size_t kept = 0; kept < record.size(); ++kept) {
                const ByteVector cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(kept));
                EXPECT_TRUE(is_malformed<Variant>(cut)) << message.index() << ' ' << kept;
            }
        }
    });
}

TEST(IpcRecord, IsMalformedIfItIsTooLong)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (const Variant& message : messages) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                ByteVector record = record_of(message);
                record.push_back(static_cast<std::uint8_t>(byte));
                EXPECT_TRUE(is_malformed<Variant>(record)) << message.index() << ' ' << byte;
            }
        }
    });
}

TEST(IpcRecord, IsNotEncodedIfTheBufferIsTooSmall)
{
    for_every_edge([]<typename Variant>(const std::vector<Variant>& messages) {
        for (const Variant& message : messages) {
            const std::size_t size = record_of(message).size();
            ByteVector room(size - 1);
            EXPECT_TRUE(encode(message, room).empty());
        }
    });
}

// a received enum is checked when it is decoded
TEST(IpcRecord, IsMalformedWithAnInvalidEnumValue)
{
    const ByteVector settled = record_of(KeeperToUpdater{Settled{RequestId{7}, {{Verdict::committed}}}});
    const ByteVector attach = record_of(SupervisorToChild{Attach{Role::keeper, 0}});
    const ByteVector report = record_of(ChildToSupervisor{PeerReport{Role::keeper, 0}});
    const ByteVector propose = record_of(UpdaterToKeeper{proposal()});
    const std::size_t dialect = propose.size() - 1;
    const std::size_t txt = dialect - 43 - 1;
    const std::size_t prefix = txt - 1 - 17 - 1;
    const std::size_t change6 = prefix - 1 - 16 - 1;
    const std::size_t change4 = change6 - 1 - 4 - 1;
    ASSERT_EQ(propose.at(change4), static_cast<std::uint8_t>(Change::set));
    ASSERT_EQ(propose.at(change6), static_cast<std::uint8_t>(Change::remove));
    ASSERT_EQ(propose.at(prefix), static_cast<std::uint8_t>(Change::set));
    for (unsigned value = 0; value < 256; ++value) {
        const auto byte = static_cast<std::uint8_t>(value);
        EXPECT_EQ(is_malformed<KeeperToUpdater>(with_byte(settled, 7, byte)), value < 1 || value > 6)
            << value;
        EXPECT_EQ(is_malformed<KeeperToUpdater>(with_byte(settled, 8, byte)), value < 1 || value > 4);
        // any role but 0: the receiver knows which ones it has a channel to
        EXPECT_EQ(is_malformed<SupervisorToChild>(with_byte(attach, 1, byte)), value < 1) << value;
        EXPECT_EQ(is_malformed<ChildToSupervisor>(with_byte(report, 1, byte)), value < 1);
        EXPECT_EQ(is_malformed<UpdaterToKeeper>(with_byte(propose, dialect, byte)), value < 1 || value > 6);
        for (const std::size_t at : {change4, change6, prefix, txt}) {
            EXPECT_EQ(is_malformed<UpdaterToKeeper>(with_byte(propose, at, byte)), value < 1 || value > 4);
        }
    }
}

TEST(IpcRecord, IsMalformedWithAFlagOtherThan0And1)
{
    const ByteVector record =
        record_of(KeeperToResponder{HostRecords{HostIndex{1}, 2, std::nullopt, std::nullopt}});
    ASSERT_EQ(record.size(), 12U);
    for (unsigned value = 1; value < 256; ++value) {
        const auto byte = static_cast<std::uint8_t>(value);
        EXPECT_TRUE(is_malformed<KeeperToResponder>(with_byte(record, 9, byte)));
        EXPECT_TRUE(is_malformed<KeeperToResponder>(with_byte(record, 10, byte)));
        EXPECT_EQ(is_malformed<KeeperToResponder>(with_byte(record, 11, byte)), value > 1);
    }
}

// names between processes are never compressed: a pointer could point to any byte of the record
TEST(IpcRecord, IsMalformedWithACompressedName)
{
    ByteVector record = record_of(UpdaterToKeeper{proposal()});
    const std::size_t at = 1 + 4 + 1 + 6 + 16 + 1 + 2;
    ASSERT_EQ(record.at(at), 4); // "home"
    record.at(at) = 0xC0;
    record.at(at + 1) = 0;
    EXPECT_TRUE(is_malformed<UpdaterToKeeper>(record));
}

TEST(IpcRecord, HoldsTheLargestProposal)
{
    std::string longest;
    for (int i = 0; i < 3; ++i) {
        longest += std::string(63, 'x') + '.';
    }
    Propose propose = proposal();
    propose.hosts = {};
    for (std::size_t i = 0; i < max_hosts_of_proposal; ++i) {
        const char last = static_cast<char>('a' + i);
        propose.hosts.push_back(name((longest + std::string(60, 'x') + last).c_str()));
    }
    propose.account = ChallengeAccount{};
    propose.token = *base::Token::from(std::string(255, 't'));
    const ByteVector record = record_of(UpdaterToKeeper{propose});
    ASSERT_FALSE(record.empty());
    EXPECT_LE(record.size(), longest_record<UpdaterToKeeper>);
    const auto read = decode<UpdaterToKeeper>(record);
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<Propose>(*read).token.bytes().size(), 255U);
    EXPECT_EQ(std::get<Propose>(*read).hosts, propose.hosts);
    propose.hosts.push_back(propose.hosts.front());
    EXPECT_TRUE(is_malformed<UpdaterToKeeper>(record_of(UpdaterToKeeper{propose})));
}

TEST(IpcRecord, HoldsTheLargestOutcome)
{
    const dns::Name zone = proposal().hosts.front();
    Settled settled{RequestId{1}, {}, dns::CompactName{zone}};
    settled.hosts.assign(max_hosts_of_proposal, {Verdict::committed, Reason::none, address4, address6,
                                                 base::prefix_of(address6, 64)});
    const std::size_t other_names = dns::Name::max_wire_bytes - zone.wire().size();
    EXPECT_LE(record_of(KeeperToUpdater{settled}).size() + other_names, longest_record<KeeperToUpdater>);
    settled.hosts.push_back({});
    EXPECT_TRUE(is_malformed<KeeperToUpdater>(record_of(KeeperToUpdater{settled})));
}

TEST(IpcRecord, HoldsTheLargestHostRow)
{
    admin::HostRow row = whole_admin_row();
    row.a.assign(admin::HostRow::max_addresses, address4);
    row.aaaa.assign(admin::HostRow::max_addresses, address6);
    const std::size_t other_names = 2 * (dns::Name::max_wire_bytes - row.name.wire().size());
    EXPECT_LE(record_of(admin::ConsoleToClient{row}).size() + other_names, admin::HostRow::longest_record);
    row.a.push_back(address4);
    EXPECT_TRUE(is_malformed<admin::ConsoleToClient>(record_of(admin::ConsoleToClient{row})));
}

TEST(IpcRecord, HoldsTheLargestListOfSetups)
{
    MakeSetups setups;
    setups.children.assign(max_workers + 8, WantedSetup{Role::responder});
    EXPECT_LE(record_of(SupervisorToReader{setups}).size(), longest_record<SupervisorToReader>);
}

TEST(IpcRecord, HoldsTheLargestSummaryOfAConfig)
{
    const std::string account(255, 'x');
    const std::string path(max_path_bytes, 'x');
    ConfigSummary summary;
    summary.user = account;
    summary.group = account;
    summary.files = {path, path};
    summary.control_path = std::string(107, 'x');
    summary.control_group = account;
    EXPECT_LE(record_of(ReaderToSupervisor{summary}).size() + dns::Name::max_wire_bytes,
              longest_record<ReaderToSupervisor>);
}

// A client with another version of the protocol is told so.
TEST(IpcAdmin, ReadsTheVersionOfAnyHello)
{
    const ByteVector hello = record_of(admin::ClientToConsole{admin::Hello{2, 1000}});
    EXPECT_EQ(admin::version_of(hello), 2);
    EXPECT_EQ(admin::version_of(Bytes{hello}.first(3)), 2) << "it may be shorter";
    ByteVector longer = hello;
    longer.push_back(0);
    EXPECT_EQ(admin::version_of(longer), 2);
    EXPECT_EQ(admin::version_of(Bytes{hello}.first(2)), std::nullopt);
    EXPECT_EQ(admin::version_of(record_of(admin::ClientToConsole{admin::AskStatus{}})), std::nullopt);
}

TEST(IpcRecord, HoldsTheLargestRowOfAHost)
{
    const dns::CompactName longest{name((std::string(63, 'x') + '.' + std::string(63, 'x') + '.' +
                                         std::string(63, 'x') + '.' + std::string(61, 'x'))
                                            .c_str())};
    ASSERT_EQ(longest.wire().size(), dns::Name::max_wire_bytes);
    HostRow row = whole_row();
    row.name = longest;
    row.follows = longest;
    EXPECT_LE(record_of(KeeperToConsole{row}).size(), longest_record<KeeperToConsole>);
}

TEST(IpcConsole, NamesEachDialectAndReason)
{
    for (unsigned value = 0; value < 256; ++value) {
        const auto dialect = static_cast<Dialect>(value);
        const auto reason = static_cast<RefusalReason>(value);
        EXPECT_TRUE(!valid(dialect) || !to_text(dialect).empty());
        EXPECT_TRUE(!valid(reason) || !to_text(reason).empty());
    }
    EXPECT_EQ(to_text(Dialect::page), "page");
    EXPECT_EQ(to_text(RefusalReason::invalid_value), "a value that no host can have");
}

// A responder does not store more values than there can be.
TEST(IpcRecord, IsMalformedWithThreeValuesOfAChallenge)
{
    EXPECT_TRUE(is_malformed<KeeperToResponder>(record_of(KeeperToResponder{HostTxt{{}, 1, {{}, {}, {}}}})));
}

// each message has exactly one record
TEST(IpcRecord, IsMalformedWithATimeThatIsNeverEncoded)
{
    const dns::Name host = name("a.example");
    ByteVector record = record_of(KeeperPart{Account{HostIndex{2}, host, {}, base::Seconds{60}}});
    const std::size_t lifetime = 1 + 4 + host.wire().size() + 32 + 16;
    ASSERT_EQ(record.at(lifetime + 7), 60);
    record.at(lifetime) = 0x80;
    EXPECT_TRUE(is_malformed<KeeperPart>(record));
}

TEST(IpcSetup, IsReadInOrder)
{
    ByteVector setup;
    for (const KeeperPart& part : keeper_parts()) {
        append_record(setup, part);
    }
    std::vector<std::size_t> order;
    EXPECT_TRUE(
        read_setup<KeeperPart>(setup, [&](const KeeperPart& part) { order.push_back(part.index()); }));
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 1, 3, 4, 2, 5}));
}

TEST(IpcSetup, IsMalformedIfItEndsWithinARecord)
{
    ByteVector setup;
    std::vector<std::size_t> ends{0};
    for (const KeeperPart& part : keeper_parts()) {
        append_record(setup, part);
        ends.push_back(setup.size());
    }
    for (std::size_t kept = 0; kept < setup.size(); ++kept) {
        const bool is_whole = std::find(ends.begin(), ends.end(), kept) != ends.end();
        EXPECT_EQ(read_setup<KeeperPart>(Bytes{setup}.first(kept), [](const KeeperPart&) {}), is_whole)
            << kept;
    }
}

// The parts of a kind are all decoded into the same object.
TEST(IpcSetup, KeepsNothingOfAHostForTheNextHost)
{
    const HostSetup full{name("www.dyn.example.org"), 300, {{1, {192, 0, 2, 1}}, {16, {3, 'o', 'n', 'e'}}}};
    const HostSetup less{name("a.example"), 60, {{28, {}}}};
    ByteVector setup;
    for (const HostSetup& host : {full, less, HostSetup{}, full}) {
        append_record(setup, host);
    }
    ByteVector again;
    EXPECT_TRUE(read_setup<ResponderPart>(setup, [&](const auto& host) { append_record(again, host); }));
    EXPECT_EQ(again, setup);
}

// a host with many records needs more than the longest record of a channel
TEST(IpcSetup, HasRecordsOfAnySize)
{
    HostSetup host{name("a.example"), 60, std::vector<StaticRecord>(5000, StaticRecord{1, {192, 0, 2, 1}})};
    ByteVector setup;
    append_record(setup, ResponderPart{host});
    std::size_t records = 0;
    EXPECT_TRUE(read_setup<ResponderPart>(
        setup, [&](const ResponderPart& part) { records = std::get<HostSetup>(part).records.size(); }));
    EXPECT_EQ(records, 5000U);
}
