#include "daemon/keeper/refused_hosts.h"

#include <gtest/gtest.h>

#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::RefusalReason;

namespace
{

using Kind = RefusedHosts::Kind;

Hosts hosts_with(std::uint32_t count)
{
    Hosts hosts{base::SipKey{9}};
    for (std::uint32_t i = 0; i < count; ++i) {
        hosts.add(account(i, "h" + std::to_string(i)));
    }
    EXPECT_TRUE(hosts.finish());
    return hosts;
}

/// With attempts at hosts over the channel.
class RefusedAttempts : public KeeperChannels
{
protected:
    std::optional<ipc::RefusedAttempts> of(std::string_view host)
    {
        const Ledger& ledger = fixture_.ledger();
        return ledger.refused().find(*ledger.table().find(name_of(host)));
    }
    std::string reason_of(std::string_view host)
    {
        const auto attempts = of(host);
        return attempts ? std::string{to_text(attempts->reason)} : "none";
    }
    void ask(const ipc::Propose& proposal)
    {
        logged([&] {
            send(updater_, proposal);
            turns();
        });
        settled();
    }
    static ipc::Propose wrong(std::string_view host)
    {
        ipc::Propose proposal = set4(host, 1);
        proposal.token = *base::Token::from("wrong");
        proposal.dialect = ipc::Dialect::duckdns;
        return proposal;
    }
};

} // namespace

TEST(RefusedHosts, KeepsTheHostsThatWereRefusedLast)
{
    constexpr std::uint32_t more = 100;
    const Hosts hosts = hosts_with(RefusedHosts::most_hosts + more);
    RefusedHosts refused{hosts};
    const ipc::Propose proposal = set4("a", 1);
    for (HostNumber host = 0; host < hosts.count(); ++host) {
        refused.note(host, Kind::addresses, proposal, unix_time(host));
        refused.note(0, Kind::addresses, proposal, unix_time(host)); // it stays
    }
    EXPECT_EQ(refused.find(0)->count, hosts.count() + 1);
    for (HostNumber host = 1; host < hosts.count(); ++host) {
        const auto found = refused.find(host);
        EXPECT_EQ(found.has_value(), host > more) << host;
        EXPECT_TRUE(!found || (found->count == 1 && found->at == unix_time(host))) << host;
    }
    // one that stands for names of no host takes a place like any other
    refused.note(static_cast<HostNumber>(hosts.count()), Kind::addresses, proposal, unix_time(1));
    EXPECT_FALSE(refused.find(more + 1));
    EXPECT_TRUE(refused.find(more + 2));
}

TEST_F(RefusedAttempts, HaveTheLastOneAndTheirNumber)
{
    EXPECT_FALSE(of("a"));
    ask(wrong("a"));
    ipc::Propose second = wrong("a");
    second.client = *base::parse_address("2001:db8::5");
    second.dialect = ipc::Dialect::api;
    ask(second);
    const auto attempts = of("a");
    ASSERT_TRUE(attempts);
    EXPECT_EQ(attempts->count, 2U);
    EXPECT_EQ(attempts->since_success, 2U);
    EXPECT_EQ(attempts->from, second.client);
    EXPECT_EQ(attempts->dialect, ipc::Dialect::api);
    EXPECT_EQ(attempts->reason, RefusalReason::wrong_secret);
    EXPECT_FALSE(of("b"));
    ask(set4("a", 7));
    EXPECT_EQ(of("a")->count, 2U);
    EXPECT_EQ(of("a")->since_success, 0U);
    second.client_is_known = false;
    ask(second);
    EXPECT_EQ(of("a")->since_success, 1U);
    EXPECT_FALSE(of("a")->from);
}

// It is the client that has to succeed.
TEST_F(RefusedAttempts, AreNotForgottenIfAnAdministratorSetsTheHost)
{
    ask(wrong("a"));
    ipc::Propose set = set4("a", 7);
    set.hosts.clear();
    fixture_.ledger().administer(0, set, {}, fixture_.now());
    ASSERT_TRUE(of("a"));
    EXPECT_EQ(of("a")->since_success, 1U);
}

// It does not say that the router succeeds. A static host has no other client.
TEST_F(RefusedAttempts, AreNotForgottenIfAnAcmeClientSetsItsChallenge)
{
    fixture_.accounts[0].token_sets_challenge = true;
    fixture_.accounts[1].is_static = true;
    fixture_.accounts[1].challenge_keys = {fixture_.accounts[1].token};
    start();
    for (const char* const host : {"a", "b"}) {
        ask(wrong(host));
        ask(set_txt(host, 'x'));
        ASSERT_TRUE(of(host));
        EXPECT_EQ(of(host)->since_success, host[0] == 'a' ? 1U : 0U);
    }
    ask(set4("a", 7));
    EXPECT_EQ(of("a")->since_success, 0U);
}

TEST_F(RefusedAttempts, HaveTheReason)
{
    fixture_.accounts[1].allow_from = {*base::parse_network("192.0.2.0/24")};
    fixture_.accounts[2].private_addresses = ipc::PrivateAddresses::refused;
    fixture_.accounts.push_back(account(13, "d"));
    fixture_.accounts.back().requires_address = true;
    start();
    ask(wrong("a"));
    EXPECT_EQ(reason_of("a"), "wrong secret");
    ask(set_txt("a", 'x'));
    EXPECT_EQ(reason_of("a"), "the host has neither acme=yes nor an acme_hash");
    ask(set4("b", 1));
    EXPECT_EQ(reason_of("b"), "wrong secret, or not from an address in allow_from");
    ipc::Propose home = set4("c", 1);
    home.ipv4.value = {{192, 168, 0, 1}};
    ask(home);
    EXPECT_EQ(reason_of("c"), "private address");
    home.ipv4.value = {{127, 0, 0, 1}};
    ask(home);
    EXPECT_EQ(reason_of("c"), "a value that no host can have");
    ipc::Propose own = set4("d", 1);
    own.ipv4.is_own = true;
    ask(own);
    EXPECT_EQ(reason_of("d"), "no address was sent, but require_address=yes");
    for (int i = 0; i < 6; ++i) {
        ask(wrong("a"));
    }
    EXPECT_EQ(reason_of("a"), "too many wrong secrets");
}

// A host whose secret was right is not refused because another one of the list is.
TEST_F(RefusedAttempts, AreNotThoseOfOtherHostsOfTheProposal)
{
    ipc::Propose proposal = set4("a", 1);
    proposal.hosts.push_back(name_of("nowhere"));
    ask(proposal);
    EXPECT_FALSE(of("a"));
}
