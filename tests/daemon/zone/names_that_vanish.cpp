// Names that appear and vanish with their records, and the challenges of hosts.
#include "tests/daemon/zone/answer_fixture.h"

namespace answer_test
{

namespace
{

using Value = zone::Zone::ChallengeValue;

Value value_of(char letter)
{
    Value value{};
    value.fill(static_cast<std::uint8_t>(letter));
    return value;
}

/// The data of a TXT record with that value.
ByteVector text_of(char letter)
{
    ByteVector data(44, static_cast<std::uint8_t>(letter));
    data[0] = 43;
    return data;
}

const std::optional<base::Address4> some4 = base::Address4{{192, 0, 2, 77}};

class VanishTest : public AnswerTest
{
protected:
    VanishTest()
    {
        ipc::ResponderSetup setup;
        setup.apex = name("example.org");
        setup.name_servers = {name("ns.example.net")};
        setup.mailbox = name("hostmaster.example.org");
        zone_.emplace(setup);
        zone_->set_serial(1);
    }
    ipc::HostIndex host(const std::string& owner, std::vector<ipc::StaticRecord> records = {},
                        bool may_have_challenge = false)
    {
        EXPECT_TRUE(zone_->add_host({name(owner), 60, std::move(records), may_have_challenge}));
        return ipc::HostIndex{hosts_++};
    }
    static ipc::StaticRecord record(Type type, std::string_view target, ByteVector before = {})
    {
        const Name end = name(target);
        before.insert(before.end(), end.wire().begin(), end.wire().end());
        return {static_cast<std::uint16_t>(type), before};
    }
    void set(ipc::HostIndex at, const std::optional<base::Address4>& address)
    {
        EXPECT_TRUE(zone_->set_addresses(at, address, std::nullopt));
    }
    bool challenge(ipc::HostIndex at, const std::vector<Value>& values)
    {
        return zone_->set_challenge(at, values);
    }
    void expect_address(std::string_view owner, const std::optional<base::Address4>& address)
    {
        const Reply got = reply(ask(owner, Type::a));
        ASSERT_EQ(got.answers.size(), 1U) << owner;
        EXPECT_EQ(got.answers[0].data, ByteVector(address->bytes.begin(), address->bytes.end()));
    }
    void expect_nxdomain_at(std::string_view owner) { expect_nxdomain(name(owner).wire()); }
    /// The TXT records at a name, without their order.
    std::vector<ByteVector> texts(std::string_view owner, Type type = Type::txt)
    {
        std::vector<ByteVector> data;
        for (const Record& each : reply(ask(owner, type)).answers) {
            EXPECT_EQ(each.type, 16);
            EXPECT_EQ(each.ttl, 1U);
            data.push_back(each.data);
        }
        return data;
    }

private:
    std::uint32_t hosts_ = 0;
};

const ipc::StaticRecord static4{1, home4};

} // namespace

// RFC 8020: a name is there while a name below it has a record, however deep that is
TEST_F(VanishTest, AnEmptyNonTerminalVanishesWithTheLastNameBelowIt)
{
    const auto deep = host("x.a.b.c.example.org");
    const auto beside = host("y.b.c.example.org");
    zone_->complete();
    expect_nxdomain_at("c.example.org");
    set(deep, some4);
    for (const char* empty : {"a.b.c.example.org", "b.c.example.org", "c.example.org"}) {
        expect_nodata(empty, Type::a);
    }
    set(beside, some4);
    set(deep, std::nullopt);
    expect_nxdomain_at("a.b.c.example.org");
    expect_nodata("b.c.example.org", Type::a);
    set(beside, std::nullopt);
    expect_nxdomain_at("b.c.example.org");
    expect_nxdomain_at("c.example.org");
}

TEST_F(VanishTest, AHostWithoutAddressStaysWhileANameBelowItHasARecord)
{
    const auto parent = host("home.example.org");
    const auto child = host("nas.home.example.org");
    zone_->complete();
    set(parent, some4);
    set(child, some4);
    set(parent, std::nullopt);
    expect_nodata("home.example.org", Type::a);
    set(child, std::nullopt);
    expect_nxdomain_at("home.example.org");
}

TEST_F(VanishTest, AHostWithAnotherRecordStays)
{
    const auto mail = host("mail.example.org", {record(Type::mx, "mx.example.net", {0, 10}), static4});
    zone_->complete();
    set(mail, std::nullopt);
    expect_nodata("mail.example.org", Type::a);
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
        const Reply any = reply(ask("mail.example.org", Type::any), transport);
        ASSERT_EQ(any.answers.size(), 1U);
        EXPECT_EQ(any.answers[0].type, 15);
    }
}

// RFC 4592 section 2.2.1: a wildcard answers for names that do not exist
TEST_F(VanishTest, AWildcardAnswersForAHostThatHasVanished)
{
    host("*.example.org", {static4});
    const auto home = host("home.example.org");
    zone_->complete();
    expect_address("home.example.org", base::Address4{{192, 0, 2, 1}});
    expect_address("x.home.example.org", base::Address4{{192, 0, 2, 1}});
    set(home, some4);
    expect_address("home.example.org", some4);
    expect_nxdomain_at("x.home.example.org"); // home is its closest encloser
    set(home, std::nullopt);
    expect_address("home.example.org", base::Address4{{192, 0, 2, 1}});
}

// RFC 4592 section 3.3.1: the closest encloser is the longest name that exists
TEST_F(VanishTest, AnEncloserThatVanishesGivesWayToTheOneAboveIt)
{
    host("*.example.org", {static4});
    host("*.lab.example.org", {{16, {1, 'l'}}});
    const auto middle = host("a.b.example.org");
    zone_->complete();
    expect_nodata("x.lab.example.org", Type::a); // covered by the nearer wildcard, which has no addresses
    set(middle, some4);
    expect_nxdomain_at("x.b.example.org"); // b is an empty non-terminal
    set(middle, std::nullopt);
    expect_address("x.b.example.org", base::Address4{{192, 0, 2, 1}});
}

TEST_F(VanishTest, AWildcardMayVanishToo)
{
    const auto wildcard = host("*.wild.example.org");
    host("here.wild.example.org", {static4}); // wild exists without the wildcard
    zone_->complete();
    expect_nxdomain_at("x.wild.example.org");
    set(wildcard, some4);
    expect_address("x.wild.example.org", some4);
    expect_nodata("wild.example.org", Type::a);
    set(wildcard, std::nullopt);
    expect_nxdomain_at("x.wild.example.org");
}

// RFC 6604 section 3, RFC 2308 section 2.1: the last name of the chain decides the rcode
TEST_F(VanishTest, AnAliasOfAHostThatVanishesIsNxdomain)
{
    const auto home = host("home.example.org");
    host("www.example.org", {record(Type::cname, "home.example.org")});
    zone_->complete();
    const Reply lost = reply(ask("www.example.org", Type::a));
    EXPECT_EQ(lost.rcode(), Rcode::nxdomain);
    EXPECT_TRUE(lost.has(aa));
    ASSERT_EQ(lost.answers.size(), 1U);
    EXPECT_EQ(lost.answers[0].type, 5);
    expect_soa(lost);
    set(home, some4);
    EXPECT_EQ(reply(ask("www.example.org", Type::a)).answers.size(), 2U);
}

// [@*] with cname=home is a usual config: while home has no address, the wildcard answers for it, too
TEST_F(VanishTest, AWildcardWhoseAliasHasVanishedIsNoEndlessLoop)
{
    host("*.example.org", {record(Type::cname, "www.example.org")});
    host("www.example.org", {record(Type::cname, "home.example.org")});
    const auto home = host("home.example.org");
    zone_->complete();
    for (const char* asked : {"x.example.org", "www.example.org", "home.example.org"}) {
        const Reply loop = reply(ask(asked, Type::a));
        EXPECT_EQ(loop.rcode(), Rcode::noerror);
        EXPECT_TRUE(loop.authorities.empty());
        EXPECT_EQ(loop.answers.size(), asked[0] == 'x' ? 3U : 2U) << asked;
    }
    set(home, some4);
    EXPECT_EQ(reply(ask("x.example.org", Type::a)).answers.size(), 3U);
    EXPECT_EQ(reply(ask("home.example.org", Type::a)).answers.size(), 1U);
}

// a delegation stays, whatever becomes of the names below it
TEST_F(VanishTest, GlueThatVanishesIsLeftOutOfAReferral)
{
    const auto glue = host("ns.lab.example.org");
    host("lab.example.org", {record(Type::ns, "ns.lab.example.org")});
    zone_->complete();
    for (const char* asked : {"lab.example.org", "x.lab.example.org", "ns.lab.example.org"}) {
        const Reply without = reply(ask(asked, Type::a));
        EXPECT_FALSE(without.has(aa));
        EXPECT_EQ(without.authorities.size(), 1U);
        EXPECT_TRUE(without.additionals.empty());
    }
    set(glue, some4);
    EXPECT_EQ(reply(ask("x.lab.example.org", Type::a)).additionals.size(), 1U);
}

TEST_F(VanishTest, AddressesOfTargetsComeAndGo)
{
    const auto relay = host("relay.example.org");
    host("mail.example.org", {record(Type::mx, "relay.example.org", {0, 10})});
    host("*.example.org", {static4});
    zone_->complete();
    EXPECT_TRUE(reply(ask("mail.example.org", Type::mx)).additionals.empty());
    set(relay, some4);
    EXPECT_EQ(reply(ask("mail.example.org", Type::mx)).additionals.size(), 1U);
}

// a host that follows another by its prefix
TEST_F(VanishTest, AddressesOfOneFamilyMayBeReplacedAlone)
{
    const auto nas = host("nas.example.org", {static4, {1, {192, 0, 2, 2}}, {28, home6}});
    zone_->complete();
    EXPECT_TRUE(zone_->set_address6(nas, base::Address6{{0x20, 1, 0xD, 0xB8, 7}}));
    EXPECT_EQ(reply(ask("nas.example.org", Type::a)).answers.size(), 2U);
    const Reply six = reply(ask("nas.example.org", Type::aaaa));
    ASSERT_EQ(six.answers.size(), 1U);
    EXPECT_EQ(six.answers[0].data[4], 7);
    EXPECT_TRUE(zone_->set_address6(nas, std::nullopt));
    expect_nodata("nas.example.org", Type::aaaa);
    EXPECT_EQ(reply(ask("nas.example.org", Type::a)).answers.size(), 2U);
    EXPECT_FALSE(zone_->set_address6(ipc::HostIndex{1}, std::nullopt));
}

TEST_F(VanishTest, AFollowerWithoutAddressVanishes)
{
    const auto nas = host("nas.example.org");
    zone_->complete();
    EXPECT_TRUE(zone_->set_address6(nas, base::Address6{{0x20, 1}}));
    expect_nodata("nas.example.org", Type::a);
    EXPECT_TRUE(zone_->set_address6(nas, std::nullopt));
    expect_nxdomain_at("nas.example.org");
}

// RFC 8555 section 8.4
TEST_F(VanishTest, AChallengeIsThereWhileItHasAValue)
{
    const auto home = host("home.example.org", {static4}, true);
    zone_->complete();
    expect_nxdomain_at("_acme-challenge.home.example.org");
    EXPECT_TRUE(challenge(home, {value_of('a')}));
    EXPECT_THAT(texts("_ACME-challenge.home.example.org"), testing::ElementsAre(text_of('a')));
    expect_nodata("_acme-challenge.home.example.org", Type::a);
    EXPECT_TRUE(challenge(home, {value_of('b'), value_of('c')}));
    EXPECT_THAT(texts("_acme-challenge.home.example.org"),
                testing::UnorderedElementsAre(text_of('b'), text_of('c')));
    EXPECT_EQ(texts("_acme-challenge.home.example.org", Type::any).size(), 2U);
    EXPECT_TRUE(challenge(home, {value_of('c')}));
    EXPECT_THAT(texts("_acme-challenge.home.example.org"), testing::ElementsAre(text_of('c')));
    EXPECT_TRUE(challenge(home, {}));
    expect_nxdomain_at("_acme-challenge.home.example.org");
    expect_address("home.example.org", base::Address4{{192, 0, 2, 1}});
}

TEST_F(VanishTest, AChallengeKeepsTheNameOfAHostWithoutAddress)
{
    const auto home = host("home.example.org", {}, true);
    zone_->complete();
    EXPECT_TRUE(challenge(home, {value_of('a')}));
    expect_nodata("home.example.org", Type::a);
    EXPECT_TRUE(challenge(home, {}));
    expect_nxdomain_at("home.example.org");
}

TEST_F(VanishTest, AnAliasTheApexAndAHostBelowAWildcardMayHaveAChallenge)
{
    const auto alias = host("www.example.org", {record(Type::cname, "www.example.net")}, true);
    const auto apex = host("example.org", {}, true);
    host("*.example.org", {static4});
    zone_->complete();
    expect_address("_acme-challenge.example.org", base::Address4{{192, 0, 2, 1}}); // the wildcard's
    expect_nxdomain_at("_acme-challenge.www.example.org");
    EXPECT_TRUE(challenge(alias, {value_of('w')}));
    EXPECT_TRUE(challenge(apex, {value_of('@')}));
    EXPECT_THAT(texts("_acme-challenge.www.example.org"), testing::ElementsAre(text_of('w')));
    EXPECT_THAT(texts("_acme-challenge.example.org"), testing::ElementsAre(text_of('@')));
    EXPECT_EQ(reply(ask("www.example.org", Type::txt)).answers.size(), 1U); // the alias itself
    EXPECT_TRUE(challenge(apex, {}));
    expect_address("_acme-challenge.example.org", base::Address4{{192, 0, 2, 1}});
}

TEST_F(VanishTest, AChallengeIsRefusedWhereTheSetupAllowsNone)
{
    const auto without = host("a.example.org", {static4});
    const auto with = host("b.example.org", {static4}, true);
    host("_acme-challenge.a.example.org", {{16, {1, 'x'}}}); // a section of its own
    zone_->complete();
    EXPECT_FALSE(challenge(without, {value_of('a')}));
    EXPECT_FALSE(challenge(without, {}));
    EXPECT_FALSE(challenge(ipc::HostIndex{3}, {}));
    EXPECT_FALSE(challenge(with, {value_of('a'), value_of('b'), value_of('c')}));
    expect_nxdomain_at("_acme-challenge.b.example.org");
}

TEST_F(VanishTest, AHostIsRefusedIfItsChallengeHasNoPlace)
{
    host("_acme-challenge.home.example.org", {{16, {1, 'x'}}});
    EXPECT_FALSE(zone_->add_host({name("home.example.org"), 60, {}, true}));
    EXPECT_TRUE(zone_->add_host({name("home.example.org"), 60, {}, false}));
    // RFC 1035 section 2.3.4: 255 bytes with the challenge's label, which has 16
    const std::string label(63, 'a');
    const std::string longest = label + "." + label + "." + label + "." + std::string(34, 'b');
    EXPECT_FALSE(zone_->add_host({name(longest + ".example.org"), 60, {}, true}));
    EXPECT_TRUE(zone_->add_host({name(longest.substr(1) + ".example.org"), 60, {}, true}));
}

} // namespace answer_test
