// What a proposal makes of the addresses and the prefix of one host.
#include "daemon/keeper/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using ipc::Change;
using ipc::Reason;
using ipc::Verdict;

namespace
{

base::Address6 six(const char* text)
{
    return *base::parse_address6(text);
}

class Decisions : public testing::Test
{
protected:
    Decisions()
    {
        before.a = {{192, 0, 2, 1}};
        before.aaaa = six("2001:db8::1");
        before.updated = true;
        proposal.ipv4.change = Change::keep;
        proposal.ipv6.change = Change::keep;
        proposal.client = *base::parse_address("198.51.100.7");
        rules.lifetime = base::Seconds{60};
    }
    Decision decided() { return decide(before, proposal, rules, unix_time(1000)); }
    /// The address of each family and the prefix, or the reason against them.
    std::string after()
    {
        const Decision decision = decided();
        const HostData& data = decision.after;
        if (decision.outcome.verdict == Verdict::unsuitable) {
            return "reason " + std::to_string(static_cast<int>(decision.outcome.reason));
        }
        return (data.a ? base::to_text(*data.a) : "-") + ' ' + (data.aaaa ? base::to_text(*data.aaaa) : "-") +
               (data.prefix ? ' ' + base::to_text(*data.prefix) : "");
    }
    static std::string reason(Reason reason) { return "reason " + std::to_string(static_cast<int>(reason)); }
    void set_prefix(const char* address, std::uint8_t length)
    {
        proposal.prefix = {Change::set, base::prefix_of(six(address), length)};
    }

    HostData before;
    ipc::Propose proposal;
    HostRules rules;
};

TEST_F(Decisions, OnAMissingFamilyFollowTheHostAndThenTheDialect)
{
    using ipc::Missing;
    proposal.ipv4.change = Change::missing;
    for (const bool removes : {true, false}) {
        proposal.missing_removes = removes;
        rules.missing = Missing::by_dialect;
        EXPECT_EQ(after(), removes ? "- 2001:db8::1" : "192.0.2.1 2001:db8::1");
        rules.missing = Missing::remove;
        EXPECT_EQ(after(), "- 2001:db8::1");
        rules.missing = Missing::keep;
        EXPECT_EQ(after(), "192.0.2.1 2001:db8::1");
    }
    proposal.ipv6.change = Change::remove;
    EXPECT_EQ(after(), "192.0.2.1 -");
}

TEST_F(Decisions, TellTheAddressesThatTheProposalSets)
{
    proposal.ipv4 = {Change::set, {{192, 0, 2, 9}}};
    const Decision decision = decided();
    EXPECT_EQ(decision.outcome, (ipc::HostOutcome{Verdict::committed, Reason::none, {{{192, 0, 2, 9}}}}));
    EXPECT_EQ(decision.after.aaaa, before.aaaa);
    EXPECT_EQ(decision.after.expires, unix_time(1060));
    proposal.ipv4.value = *before.a;
    EXPECT_EQ(decided().outcome, (ipc::HostOutcome{Verdict::unchanged, Reason::none, before.a}));
}

TEST_F(Decisions, RefuseAnAddressThatNoHostCanHave)
{
    for (const base::Address4 address : {base::Address4{}, base::Address4{{127, 0, 0, 1}}}) {
        proposal.ipv4 = {Change::set, address};
        EXPECT_EQ(after(), reason(Reason::none));
    }
    proposal.ipv4 = {Change::keep};
    for (const char* address : {"::", "::1", "::1:2:3:4", "fe80::1", "::ffff:192.0.2.1"}) {
        proposal.ipv6 = {Change::set, six(address)};
        EXPECT_EQ(after(), reason(Reason::none)) << address;
    }
}

TEST_F(Decisions, AcceptPrivateAddressesUnlessTheHostDoesNot)
{
    proposal.ipv4 = {Change::set, {{10, 0, 0, 1}}};
    EXPECT_EQ(after(), "10.0.0.1 2001:db8::1");
    rules.private_addresses = ipc::PrivateAddresses::refused;
    EXPECT_EQ(after(), reason(Reason::private_address4));
    proposal.ipv4 = {Change::keep};
    proposal.ipv6 = {Change::set, six("fd00::1")};
    EXPECT_EQ(after(), reason(Reason::private_address6));
    set_prefix("fd00::", 64);
    proposal.ipv6 = {Change::keep};
    EXPECT_EQ(after(), reason(Reason::private_address6));
}

// a router behind the NAT of its provider
TEST_F(Decisions, ReplaceAPrivateAddressByThePublicOneOfTheClient)
{
    rules.private_addresses = ipc::PrivateAddresses::replaced;
    proposal.ipv4 = {Change::set, {{100, 64, 0, 1}}};
    EXPECT_EQ(after(), "198.51.100.7 2001:db8::1");
    EXPECT_EQ(decided().outcome.address4, (base::Address4{{198, 51, 100, 7}}));
    proposal.client_is_known = false;
    EXPECT_EQ(after(), reason(Reason::private_address4));
    proposal.client_is_known = true;
    for (const char* client : {"192.168.0.1", "127.0.0.1", "2001:db8::9"}) {
        proposal.client = *base::parse_address(client);
        EXPECT_EQ(after(), reason(Reason::private_address4)) << client;
    }
    proposal.ipv4 = {Change::set, {{192, 0, 2, 9}}};
    proposal.ipv6 = {Change::set, six("fd00::1")};
    EXPECT_EQ(after(), "192.0.2.9 2001:db8::9");
    set_prefix("fd00::", 64);
    EXPECT_EQ(after(), reason(Reason::private_address6)) << "the client's address says nothing of a prefix";
}

TEST_F(Decisions, RefuseTheClientsOwnAddressIfTheHostRequiresOne)
{
    proposal.ipv4 = {Change::set, proposal.client.as4(), true};
    EXPECT_EQ(after(), "198.51.100.7 2001:db8::1");
    rules.requires_address = true;
    EXPECT_EQ(after(), reason(Reason::own_address));
    proposal.ipv4.is_own = false;
    EXPECT_EQ(after(), "198.51.100.7 2001:db8::1");
    set_prefix("2001:db8:1::", 64);
    proposal.prefix.is_own = true;
    EXPECT_EQ(after(), reason(Reason::own_address));
}

TEST_F(Decisions, RefuseTheClientsOwnAddressInPlaceOfAPrivateOneToo)
{
    rules.private_addresses = ipc::PrivateAddresses::replaced;
    rules.requires_address = true;
    proposal.ipv4 = {Change::set, {{100, 64, 0, 1}}};
    EXPECT_EQ(after(), reason(Reason::own_address));
    proposal.ipv4.value = {{192, 0, 2, 9}};
    EXPECT_EQ(after(), "192.0.2.9 2001:db8::1");
}

// the responders have the addresses of the config until the host is updated
TEST_F(Decisions, LeaveAHostThatWasNeverUpdatedAsItIsIfNothingIsSetOrRemoved)
{
    before = {};
    proposal.prefix.change = Change::remove;
    EXPECT_EQ(decided().outcome, (ipc::HostOutcome{Verdict::unchanged}));
    EXPECT_FALSE(decided().after.updated);
    proposal.ipv6.change = Change::missing;
    proposal.missing_removes = false;
    EXPECT_FALSE(decided().after.updated);
    proposal.missing_removes = true;
    EXPECT_TRUE(decided().after.updated);
    proposal.ipv6.change = Change::keep;
    set_prefix("2001:db8:a::", 56);
    EXPECT_TRUE(decided().after.updated);
    proposal.prefix = {Change::keep};
    before.updated = true;
    EXPECT_TRUE(decided().after.updated);
    EXPECT_EQ(decided().after.expires, unix_time(1060));
}

// whatever ipv6 says: a Fritz!Box sends its own address beside the prefix
TEST_F(Decisions, PutTheSuffixOfTheHostBehindThePrefix)
{
    rules.suffix = six("2001:db8:ffff:5:1:2:3:4");
    set_prefix("2001:db8:a::", 56);
    for (const auto change : {Change::missing, Change::keep, Change::remove, Change::set}) {
        proposal.ipv6 = {change, six("2001:db8::77")};
        EXPECT_EQ(after(), "192.0.2.1 2001:db8:a:5:1:2:3:4 2001:db8:a::/56");
        EXPECT_EQ(decided().outcome.address6, six("2001:db8:a:5:1:2:3:4"));
        EXPECT_EQ(decided().outcome.prefix, base::prefix_of(six("2001:db8:a::"), 56));
    }
    set_prefix("2001:db8:a::", 64);
    EXPECT_EQ(after(), "192.0.2.1 2001:db8:a:0:1:2:3:4 2001:db8:a::/64");
    proposal.prefix = {Change::keep};
    proposal.ipv6 = {Change::set, six("2001:db8::77")};
    EXPECT_EQ(after(), "192.0.2.1 2001:db8::77");
}

TEST_F(Decisions, OnAHostWithoutSuffixPutThePrefixBeforeAnIdentifierOnly)
{
    set_prefix("2001:db8:a::", 56);
    proposal.ipv6 = {Change::set, six("::1:2:3:4")};
    EXPECT_EQ(after(), "192.0.2.1 2001:db8:a:0:1:2:3:4 2001:db8:a::/56");
    proposal.ipv6.value = six("2001:db8:b::1");
    EXPECT_EQ(after(), "192.0.2.1 2001:db8:b::1 2001:db8:a::/56");
    proposal.ipv6 = {Change::keep};
    EXPECT_EQ(after(), "192.0.2.1 2001:db8::1 2001:db8:a::/56");
    EXPECT_EQ(decided().outcome.address6, std::nullopt);
    EXPECT_EQ(decided().outcome.verdict, Verdict::committed);
}

TEST_F(Decisions, KeepThePrefixUnlessItIsRemoved)
{
    before.prefix = base::prefix_of(six("2001:db8:a::"), 56);
    proposal.prefix = {Change::missing};
    proposal.missing_removes = true;
    rules.missing = ipc::Missing::remove;
    EXPECT_EQ(after(), "192.0.2.1 2001:db8::1 2001:db8:a::/56");
    proposal.prefix = {Change::keep};
    EXPECT_EQ(after(), "192.0.2.1 2001:db8::1 2001:db8:a::/56");
    proposal.prefix = {Change::remove};
    EXPECT_EQ(after(), "192.0.2.1 2001:db8::1");
}

TEST_F(Decisions, RefuseAPrefixThatNoNetworkCanHave)
{
    for (const auto& [address, length] : std::vector<std::pair<const char*, std::uint8_t>>{
             {"2001:db8::", 15}, {"2001:db8::", 128}, {"::", 64}, {"fe80::", 64}, {"ff02::", 64}}) {
        set_prefix(address, length);
        EXPECT_EQ(after(), reason(Reason::none)) << address << length;
    }
    for (const std::uint8_t length : {std::uint8_t{16}, std::uint8_t{127}}) {
        set_prefix("2001:db8::", length);
        EXPECT_NE(after(), reason(Reason::none));
    }
}

} // namespace
