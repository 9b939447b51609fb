// Names that refer to others: wildcards, delegations, aliases, and the addresses that are added to a reply.
#include "tests/daemon/zone/answer_fixture.h"

namespace answer_test
{

namespace
{

ByteVector target(std::string_view text, const ByteVector& before = {})
{
    const Name whole = name(text);
    ByteVector data = before;
    data.insert(data.end(), whole.wire().begin(), whole.wire().end());
    return data;
}

ipc::StaticRecord record(Type type, const ByteVector& data)
{
    return {static_cast<std::uint16_t>(type), data};
}

ipc::StaticRecord alias(std::string_view to)
{
    return record(Type::cname, target(to));
}

const ipc::StaticRecord address4 = record(Type::a, home4);
const ipc::StaticRecord address6 = record(Type::aaaa, home6);

class LinkTest : public AnswerTest
{
protected:
    LinkTest()
    {
        ipc::ResponderSetup setup;
        setup.apex = name("example.org");
        setup.name_servers = {name("ns.example.org"), name("ns.example.net")};
        setup.mailbox = name("hostmaster.example.org");
        zone_.emplace(setup);
        host("ns", {address4, address6});
        host("home", {address4});
        wildcards();
        delegations();
        aliases();
        host("mx", {record(Type::mx, target("home.example.org", {0, 10})),
                    record(Type::mx, target("HOME.example.org", {0, 20})),
                    record(Type::mx, target("mail.example.net", {0, 30})),
                    record(Type::mx, target("ns.example.org", {0, 40}))});
        host("_imap._tcp", {record(Type::srv, target("ns.example.org", {0, 0, 0, 1, 0, 143}))});
        zone_->complete();
        zone_->set_serial(1);
    }

    void host(const std::string& below, std::vector<ipc::StaticRecord> records)
    {
        zone_->add_host({name(below + ".example.org"), 60, std::move(records)});
    }
    void wildcards()
    {
        host("*.wild", {address4, record(Type::txt, {1, 'w'})});
        host("there.wild", {address6});
        host("deep.ent.wild", {address6});
        host("*.to-lab", {alias("x.lab.example.org")});
        host("a.*.star", {address4});
        host("*.of.all.deep", {address4});
        host("deepest.of.all.deep", {address4}); // no name has more labels
    }
    void delegations()
    {
        host("lab", {record(Type::ns, target("ns1.lab.example.org")),
                     record(Type::ns, target("NS.far.lab.example.org")),
                     record(Type::ns, target("ns.example.org")), record(Type::ns, target("ns.example.net"))});
        host("ns1.lab", {address4});
        host("ns.far.lab", {address6});
        host("inner.lab", {record(Type::ns, target("ns.example.net"))});
        host("self", {record(Type::ns, target("self.example.org")), address4});
        ipc::HostSetup big{name("big.example.org"), 60, {}};
        for (int i = 0; i < 6; ++i) {
            const std::string label(40, static_cast<char>('a' + i));
            big.records.push_back(record(Type::ns, target(label + ".big.example.org")));
            host(label + ".big", {address4, address6});
        }
        zone_->add_host(big);
    }
    void aliases()
    {
        host("www", {alias("home.example.org")});
        host("one", {alias("two.example.org")});
        host("two", {alias("www.example.org")});
        host("out", {alias("www.example.net")});
        host("lost", {alias("nowhere.example.org")});
        host("to-wild", {alias("any.wild.example.org")});
        host("to-lab", {alias("x.lab.example.org")});
        host("loop", {alias("pool.example.org")});
        host("pool", {alias("loop.example.org")});
    }

    static std::vector<std::string> owners(const std::vector<Record>& records)
    {
        std::vector<std::string> names;
        for (const Record& each : records) {
            if (each.type != 41) {
                names.push_back(each.owner + ' ' + std::to_string(each.type));
            }
        }
        return names;
    }
    using List = std::vector<std::string>;
};

} // namespace

// RFC 4592 section 2.2.1: the owner is the name in the question, byte for byte
TEST_F(LinkTest, AWildcardAnswersForMissingNames)
{
    for (const char* asked : {"x.wild.example.org", "A.b.C.wild.example.org", "*.wild.example.org"}) {
        const Reply got = reply(ask(asked, Type::a));
        EXPECT_EQ(got.rcode(), Rcode::noerror);
        EXPECT_TRUE(got.has(aa));
        EXPECT_EQ(owners(got.answers), List{std::string{asked} + ". 1"});
        EXPECT_TRUE(got.authorities.empty());
    }
}

// RFC 4592 section 2.2.1: a type that the wildcard does not have is NODATA
TEST_F(LinkTest, AWildcardIsNodataForOtherTypes)
{
    expect_nodata("x.wild.example.org", Type::aaaa);
    expect_nodata("*.wild.example.org", Type::mx);
}

// RFC 4592 section 2.2.1: existing names and names below them are not covered
TEST_F(LinkTest, AWildcardDoesNotCoverExistingNames)
{
    expect_nodata("there.wild.example.org", Type::a);
    expect_nodata("ent.wild.example.org", Type::a); // an empty non-terminal
    expect_nodata("wild.example.org", Type::a);
    expect_nxdomain(name("x.there.wild.example.org").wire());
    expect_nxdomain(name("x.ent.wild.example.org").wire());
    expect_nxdomain(name("x.deepest.of.all.deep.example.org").wire());
    expect_nxdomain(name("y.x.deepest.of.all.deep.example.org").wire());
    expect_nxdomain(name("x.example.org").wire());
    expect_nxdomain(name("xwild.example.org").wire());
}

// RFC 4592 section 2.2.2: an empty non-terminal "*" is a source of synthesis without records
TEST_F(LinkTest, AnEmptyWildcardIsNodata)
{
    expect_nodata("x.star.example.org", Type::a);
    expect_nodata("*.star.example.org", Type::a);
    EXPECT_EQ(owners(reply(ask("a.*.star.example.org", Type::a)).answers), List{"a.*.star.example.org. 1"});
}

// RFC 1035 section 2.3.4: the longest possible name is covered too
TEST_F(LinkTest, AWildcardCoversTheLongestName)
{
    std::string longest;
    while (longest.size() + 2 + std::string{"wild.example.org"}.size() <= 253) {
        longest += "a.";
    }
    const Reply got = reply(ask(longest + "wild.example.org", Type::a));
    EXPECT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(reply(ask(longest + "x.example.org", Type::a)).rcode(), Rcode::nxdomain);
}

// RFC 1034 section 4.3.2 step 3b: no answer, AA clear, the NS records, and their known addresses
TEST_F(LinkTest, ANameBelowADelegationGetsAReferral)
{
    for (const char* asked : {"lab.example.org", "x.lab.example.org", "a.b.inner.LAB.example.org",
                              "ns1.lab.example.org", "far.lab.example.org"}) {
        for (const Type type : {Type::a, Type::ns, Type::soa, Type::any, Type{999}}) {
            const Reply got = reply(ask(asked, type));
            EXPECT_EQ(got.rcode(), Rcode::noerror) << asked;
            EXPECT_FALSE(got.has(aa));
            EXPECT_FALSE(got.has(tc));
            EXPECT_TRUE(got.answers.empty());
            ASSERT_EQ(got.authorities.size(), 4U);
            for (const Record& each : got.authorities) {
                EXPECT_EQ(each.type, 2);
                EXPECT_EQ(each.ttl, 60U);
                EXPECT_EQ(name(each.owner), name("lab.example.org"));
            }
            EXPECT_EQ(owners(got.additionals), (List{"ns1.lab.example.org. 1", "NS.far.lab.example.org. 28",
                                                     "ns.example.org. 1", "ns.example.org. 28"}));
            EXPECT_TRUE(last_.referral);
            EXPECT_FALSE(last_.empty);
        }
    }
}

// The name server of a delegation may have the delegation's own name
TEST_F(LinkTest, GlueMayBeAtTheDelegationItself)
{
    const Reply got = reply(ask("self.example.org", Type::a));
    EXPECT_FALSE(got.has(aa));
    EXPECT_TRUE(got.answers.empty());
    EXPECT_EQ(owners(got.authorities), List{"self.example.org. 2"});
    EXPECT_EQ(owners(got.additionals), List{"self.example.org. 1"});
}

// RFC 4035 section 3.1.4.1: DS belongs to the parent side of a zone cut; below the cut it is not answered
TEST_F(LinkTest, DsOfADelegationIsAnsweredByTheParent)
{
    expect_nodata("lab.example.org", Type::ds);
    const Reply below = reply(ask("inner.lab.example.org", Type::ds));
    EXPECT_FALSE(below.has(aa));
    EXPECT_EQ(below.authorities.size(), 4U);
}

// RFC 9471 section 3.1: a referral without its glue is truncated
TEST_F(LinkTest, AReferralWithoutGlueIsTruncated)
{
    const Reply small = reply(ask("x.big.example.org", Type::a));
    EXPECT_LE(small.size, 512U);
    EXPECT_EQ(small.authorities.size(), 6U);
    EXPECT_LT(small.additionals.size(), 12U);
    EXPECT_TRUE(small.has(tc));
    const Reply whole = reply(ask("x.big.example.org", Type::a), Transport::tcp);
    EXPECT_EQ(whole.additionals.size(), 12U);
    EXPECT_FALSE(whole.has(tc));
}

// RFC 1034 section 4.3.2 step 3a
TEST_F(LinkTest, AnAliasIsFollowedInTheZone)
{
    const Reply got = reply(ask("ONE.example.org", Type::a));
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_TRUE(got.has(aa));
    EXPECT_EQ(owners(got.answers), (List{"ONE.example.org. 5", "two.example.org. 5", "www.example.org. 5",
                                         "home.example.org. 1"}));
    EXPECT_EQ(got.answers[3].data, home4);
    EXPECT_TRUE(got.authorities.empty());
    EXPECT_THAT(got.answers, testing::Each(testing::Field(&Record::is_compressed, true)));
}

// RFC 1035 section 3.3.1: "CNAME RRs cause no additional section processing"
TEST_F(LinkTest, AnAliasItselfIsNotFollowed)
{
    for (const Type type : {Type::cname, Type::any}) {
        EXPECT_EQ(owners(reply(ask("one.example.org", type)).answers), List{"one.example.org. 5"});
        EXPECT_TRUE(reply(ask("www.example.org", type)).additionals.empty());
    }
}

// RFC 2308 section 2.2: the SOA shows that the last name has no such data
TEST_F(LinkTest, AnAliasToNodataHasTheSoa)
{
    const Reply got = reply(ask("www.example.org", Type::aaaa));
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_EQ(owners(got.answers), List{"www.example.org. 5"});
    EXPECT_FALSE(last_.empty);
    expect_soa(got);
}

// RFC 6604 section 3: the rcode is that of the last name
TEST_F(LinkTest, AnAliasToAMissingNameIsNxdomain)
{
    const Reply got = reply(ask("lost.example.org", Type::a));
    EXPECT_EQ(got.rcode(), Rcode::nxdomain);
    EXPECT_TRUE(got.has(aa));
    EXPECT_EQ(owners(got.answers), List{"lost.example.org. 5"});
    expect_soa(got);
}

TEST_F(LinkTest, AnAliasOutOfTheZoneIsTheWholeAnswer)
{
    const Reply got = reply(ask("out.example.org", Type::a));
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_TRUE(got.has(aa));
    EXPECT_EQ(owners(got.answers), List{"out.example.org. 5"});
    EXPECT_TRUE(got.authorities.empty());
}

TEST_F(LinkTest, AnAliasMayLeadToAWildcardAndComeFromOne)
{
    EXPECT_EQ(owners(reply(ask("to-wild.example.org", Type::a)).answers),
              (List{"to-wild.example.org. 5", "any.wild.example.org. 1"}));
    const Reply got = reply(ask("q.to-lab.example.org", Type::a));
    EXPECT_EQ(owners(got.answers), List{"q.to-lab.example.org. 5"});
}

// RFC 1034 section 4.3.2 step 3b after an alias: AA refers to the name in the question
TEST_F(LinkTest, AnAliasIntoADelegationEndsInAReferral)
{
    const Reply got = reply(ask("to-lab.example.org", Type::a));
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_TRUE(got.has(aa));
    EXPECT_EQ(owners(got.answers), List{"to-lab.example.org. 5"});
    ASSERT_EQ(got.authorities.size(), 4U);
    EXPECT_EQ(got.authorities[0].owner, "lab.example.org.");
    EXPECT_EQ(got.additionals.size(), 4U);
    EXPECT_FALSE(last_.referral);
}

// RFC 2181 section 5: each record once
TEST_F(LinkTest, ALoopOfAliasesEndsWhereItStartsAgain)
{
    const Reply got = reply(ask("LOOP.example.org", Type::a), Transport::tcp);
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_EQ(owners(got.answers), (List{"LOOP.example.org. 5", "pool.example.org. 5"}));
    EXPECT_TRUE(got.authorities.empty());
}

// The config refuses a chain that is so long. A zone that has one anyway is answered in bounded time
TEST_F(LinkTest, AChainOfAliasesEnds)
{
    for (int i = 0; i < 20; ++i) {
        host("chain" + std::to_string(i), {alias("chain" + std::to_string(i + 1) + ".example.org")});
    }
    const Reply got = reply(ask("chain0.example.org", Type::a), Transport::tcp);
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_EQ(got.answers.size(), 16U);
    EXPECT_TRUE(got.authorities.empty());
}

TEST_F(LinkTest, AnAliasHasNoAddressesToUpdate)
{
    const auto number = ipc::HostIndex{16}; // www
    zone_->set_addresses(number, base::Address4{{9, 9, 9, 9}}, std::nullopt);
    EXPECT_EQ(owners(reply(ask("www.example.org", Type::a)).answers),
              (List{"www.example.org. 5", "home.example.org. 1"}));
}

// RFC 1034 section 4.3.2 step 6: each name once, in whatever case
TEST_F(LinkTest, AddressesOfTargetsAreAdded)
{
    const List glue{"ns.example.org. 1", "ns.example.org. 28"};
    const Reply apex = reply(ask("example.org", Type::ns));
    EXPECT_EQ(apex.answers.size(), 2U);
    EXPECT_EQ(owners(apex.additionals), glue);
    EXPECT_TRUE(apex.has(aa));

    const Reply exchangers = reply(ask("mx.example.org", Type::mx));
    EXPECT_EQ(exchangers.answers.size(), 4U);
    EXPECT_EQ(owners(exchangers.additionals),
              (List{"home.example.org. 1", "ns.example.org. 1", "ns.example.org. 28"}));

    EXPECT_EQ(owners(reply(ask("_imap._tcp.example.org", Type::srv)).additionals), glue);
}

TEST_F(LinkTest, AddedAddressesFollowUpdates)
{
    zone_->set_addresses(ipc::HostIndex{0}, base::Address4{{9, 9, 9, 9}}, std::nullopt); // ns
    const Reply got = reply(ask("example.org", Type::ns));
    ASSERT_EQ(got.additionals.size(), 1U);
    EXPECT_EQ(got.additionals[0].data, (ByteVector{9, 9, 9, 9}));
}

// RFC 2181 section 9: records that are added for convenience never cause truncation
TEST_F(LinkTest, AddressesThatDoNotFitAreLeftOut)
{
    ipc::HostSetup many{name("many.example.org"), 60, {}};
    for (std::uint8_t i = 0; i < 12; ++i) { // 38 bytes each, so that 22 are left
        many.records.push_back(record(Type::mx, target("there.wild.example.org", {0, i})));
    }
    zone_->add_host(many);
    const Reply got = reply(ask("many.example.org", Type::mx));
    EXPECT_EQ(got.size, 490U);
    EXPECT_EQ(got.answers.size(), 12U);
    EXPECT_TRUE(got.additionals.empty());
    EXPECT_FALSE(got.has(tc));
    EXPECT_EQ(reply(ask("many.example.org", Type::mx), Transport::tcp).additionals.size(), 1U);
}

// OPT stays the last record and is counted with the addresses
TEST_F(LinkTest, AddressesGoBeforeOpt)
{
    const Reply got = reply(ask("lab.example.org", Type::a).opt());
    ASSERT_EQ(got.additionals.size(), 5U);
    EXPECT_EQ(got.additionals[4].type, 41);
}

// RFC 1035 section 3.3: a record without a valid name where its type needs one is refused
TEST(ZoneData, MustHoldValidNames)
{
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name("ns.example.org")};
    zone::Zone zone{setup};
    const ByteVector good = target("a.example.org");
    ByteVector longer = good;
    longer.push_back(0);
    for (const Type type : {Type::ns, Type::cname}) {
        EXPECT_TRUE(zone.add_host({name("h.example.org"), 60, {record(type, good)}}));
        for (const ByteVector& bad : {ByteVector{}, ByteVector{1}, longer, ByteVector{0xC0, 0}}) {
            EXPECT_FALSE(zone.add_host({name("h.example.org"), 60, {record(type, bad)}}));
        }
    }
    EXPECT_FALSE(zone.add_host({name("h.example.org"), 60, {record(Type::mx, {0})}}));
    EXPECT_FALSE(zone.add_host({name("h.example.org"), 60, {record(Type::srv, {0, 0, 0, 0, 0})}}));
}

} // namespace answer_test
