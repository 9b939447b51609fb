// Which secrets open a host, for what and from where.
#include "daemon/keeper/credentials.h"

#include <gtest/gtest.h>

#include "daemon/common/challenge_account.h"
#include "daemon/keeper/hosts.h"
#include "tests/daemon/keeper/fixture.h"

namespace
{

using namespace keeper;
using Networks = std::vector<base::Network>;

base::TokenHash hash_of(std::string_view text, std::uint8_t salt = 7)
{
    return common::hash_token(*base::Token::from(text), ipc::Salt{salt});
}

Networks networks(std::initializer_list<std::string_view> texts)
{
    Networks list;
    for (const std::string_view text : texts) {
        list.push_back(*base::parse_network(text));
    }
    return list;
}

/// Hosts a, b and c with the token "secret", and d, which is static.
struct CredentialsTest : testing::Test {
    CredentialsTest()
    {
        accounts.back().token = {};
        accounts.back().is_static = true;
    }
    /// Called once, after the accounts and groups have been changed.
    bool build()
    {
        bool is_valid = true;
        for (const ipc::Account& account : accounts) {
            is_valid = hosts.add(account) && is_valid;
        }
        for (const ipc::Group& group : groups) {
            is_valid = hosts.add(group) && is_valid;
        }
        return hosts.finish() && is_valid;
    }
    bool opens(std::string_view host, std::string_view secret, Purpose purpose = Purpose::addresses,
               std::string_view client = "192.0.2.1") const
    {
        const Client from{base::parse_address(client).value_or(base::Address{}), !client.empty()};
        return hosts.authorise(name_of(host), *base::Token::from(secret), from, purpose).has_value();
    }
    bool opens_from(std::string_view client, std::string_view secret = "secret") const
    {
        return opens("a", secret, Purpose::addresses, client);
    }

    std::vector<ipc::Account> accounts{account(10, "a"), account(11, "b"), account(13, "c"),
                                       account(14, "d")};
    std::vector<ipc::Group> groups;
    Hosts hosts{base::SipKey{5}};
};

TEST_F(CredentialsTest, AHostHasUpToEightTokensOfItsOwn)
{
    for (int i = 2; i <= 8; ++i) {
        accounts[1].more_tokens.push_back(hash_of("more-" + std::to_string(i)));
    }
    ASSERT_TRUE(build());
    EXPECT_TRUE(opens("b", "secret"));
    for (int i = 2; i <= 8; ++i) {
        EXPECT_TRUE(opens("b", "more-" + std::to_string(i)));
        EXPECT_FALSE(opens("a", "more-" + std::to_string(i)));
        EXPECT_FALSE(opens("x", "more-" + std::to_string(i)));
    }
    EXPECT_FALSE(opens("b", "more-9"));
}

TEST_F(CredentialsTest, MoreThanTheLimitAreRefused)
{
    accounts[1].more_tokens.resize(ipc::max_secrets_of_host + 1);
    EXPECT_FALSE(build());
}

TEST_F(CredentialsTest, AGroupsTokensOpenItsHostsAndNoOthers)
{
    groups.push_back(
        {{hash_of("first"), hash_of("second")}, false, {}, {ipc::HostIndex{11}, ipc::HostIndex{14}}});
    groups.push_back({{hash_of("other")}, false, {}, {ipc::HostIndex{11}}});
    ASSERT_TRUE(build());
    for (const char* secret : {"first", "second"}) {
        EXPECT_TRUE(opens("b", secret));
        EXPECT_TRUE(opens("d", secret));
        EXPECT_FALSE(opens("a", secret));
        EXPECT_FALSE(opens("c", secret));
    }
    EXPECT_TRUE(opens("b", "other"));
    EXPECT_TRUE(opens("b", "secret"));
    EXPECT_FALSE(opens("d", "other"));
    EXPECT_FALSE(opens("d", "secret"));
}

TEST_F(CredentialsTest, AGroupOfAHostWithoutAnAccountIsRefused)
{
    groups.push_back({{hash_of("first")}, false, {}, {ipc::HostIndex{12}}});
    EXPECT_FALSE(build());
}

TEST_F(CredentialsTest, AllowFromOfAHostIsForAllThatOpensIt)
{
    accounts[0].allow_from = networks({"198.51.100.0/24", "203.0.113.7", "2001:db8::/33", "192.0.0.0/7"});
    accounts[0].more_tokens = {hash_of("more")};
    groups.push_back({{hash_of("group")}, false, {}, {ipc::HostIndex{10}}});
    ASSERT_TRUE(build());
    for (const char* secret : {"secret", "more", "group"}) {
        for (const char* client : {"198.51.100.0", "198.51.100.255", "203.0.113.7", "2001:db8::", "193.0.0.1",
                                   "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "::ffff:198.51.100.9"}) {
            EXPECT_TRUE(opens_from(client, secret)) << client;
        }
        for (const char* client : {"198.51.99.255", "198.51.101.0", "203.0.113.6", "2001:db8:8000::", "::1",
                                   "2001:db7:ffff::", "194.0.0.0", "191.255.255.255", ""}) {
            EXPECT_FALSE(opens_from(client, secret)) << client;
        }
    }
    EXPECT_TRUE(opens("b", "secret"));
}

TEST_F(CredentialsTest, AllowFromOfAGroupIsForItsTokensAlone)
{
    groups.push_back({{hash_of("group")}, false, networks({"198.51.100.0/24"}), {ipc::HostIndex{10}}});
    ASSERT_TRUE(build());
    EXPECT_TRUE(opens_from("198.51.100.1", "group"));
    EXPECT_FALSE(opens_from("198.51.101.1", "group"));
    EXPECT_TRUE(opens_from("198.51.101.1", "secret"));
}

TEST_F(CredentialsTest, AllowFromOfAHostAndOfAGroupMustBothHaveTheClient)
{
    accounts[0].allow_from = networks({"198.51.100.0/25"});
    groups.push_back({{hash_of("group")}, false, networks({"198.51.100.64/26"}), {ipc::HostIndex{10}}});
    ASSERT_TRUE(build());
    EXPECT_TRUE(opens_from("198.51.100.65", "group"));
    EXPECT_FALSE(opens_from("198.51.100.1", "group"));
    EXPECT_FALSE(opens_from("198.51.100.129", "group"));
}

// The mapped form of an IPv4 address is that address, also for the network of all IPv6 addresses.
TEST_F(CredentialsTest, ANetworkOfOneFamilyHasNoAddressOfTheOther)
{
    accounts[0].allow_from = networks({"::/0"});
    accounts[1].allow_from = networks({"0.0.0.0/0"});
    ASSERT_TRUE(build());
    EXPECT_TRUE(opens_from("2001:db8::1"));
    EXPECT_FALSE(opens_from("192.0.2.1"));
    EXPECT_TRUE(opens("b", "secret"));
    EXPECT_FALSE(opens("b", "secret", Purpose::addresses, "2001:db8::1"));
    EXPECT_FALSE(opens("b", "secret", Purpose::addresses, "")) << "an unknown client is in no network";
}

TEST_F(CredentialsTest, SixteenNetworksAreCompared)
{
    for (std::uint8_t i = 0; i < ipc::max_allowed_networks; ++i) {
        accounts[0].allow_from.push_back({base::Address{base::Address4{{10, i, 0, 0}}}, 16});
    }
    ASSERT_TRUE(build());
    for (std::uint8_t i = 0; i < ipc::max_allowed_networks; ++i) {
        EXPECT_TRUE(opens_from("10." + std::to_string(i) + ".9.9"));
    }
    EXPECT_FALSE(opens_from("10.16.9.9"));
}

TEST_F(CredentialsTest, AChallengeKeyOpensTheChallengeAlone)
{
    accounts[0].challenge_keys = {hash_of("key-1"), hash_of("key-2"), hash_of("key-3"), hash_of("key-4")};
    accounts[3].challenge_keys = {hash_of("key-5")};
    ASSERT_TRUE(build());
    for (const char* key : {"key-1", "key-2", "key-3", "key-4"}) {
        EXPECT_TRUE(opens("a", key, Purpose::challenge)) << key;
        EXPECT_FALSE(opens("a", key, Purpose::addresses)) << key;
        EXPECT_FALSE(opens("b", key, Purpose::challenge)) << key;
    }
    EXPECT_TRUE(opens("d", "key-5", Purpose::challenge));
    EXPECT_FALSE(opens("d", "key-5", Purpose::addresses));
    EXPECT_FALSE(opens("a", "secret", Purpose::challenge)) << "no acme=yes";
}

TEST_F(CredentialsTest, ATokenOpensTheChallengeOnlyIfTheHostSaysSo)
{
    accounts[0].token_sets_challenge = true;
    groups.push_back({{hash_of("group")}, false, {}, {ipc::HostIndex{10}, ipc::HostIndex{11}}});
    ASSERT_TRUE(build());
    for (const char* token : {"secret", "group"}) {
        EXPECT_TRUE(opens("a", token, Purpose::challenge));
        EXPECT_TRUE(opens("a", token, Purpose::addresses));
        EXPECT_FALSE(opens("b", token, Purpose::challenge));
    }
}

TEST_F(CredentialsTest, AShortTokenOfAGroupMakesItsHostsCount)
{
    accounts[1].has_short_token = true;
    groups.push_back({{hash_of("group")}, true, {}, {ipc::HostIndex{10}, ipc::HostIndex{11}}});
    ASSERT_TRUE(build());
    EXPECT_EQ(hosts.short_tokens(), 2U);
    EXPECT_TRUE(hosts.has_short_token(*hosts.find(name_of("a"))));
    EXPECT_FALSE(hosts.has_short_token(*hosts.find(name_of("c"))));
}

TEST_F(CredentialsTest, AnAccountsKeyOpensItsHostsChallenge)
{
    accounts[0].challenge_keys = {hash_of("key-a")};
    accounts[0].token_sets_challenge = true;
    accounts[3].challenge_keys = {hash_of("key-d"), hash_of("second")};
    ASSERT_TRUE(build());
    const auto host_of = [&](const ipc::ChallengeAccount& account, std::string_view key) {
        return hosts.authorise(account, *base::Token::from(key), {});
    };
    const ipc::ChallengeAccount a = common::challenge_account(name_of("A"));
    const ipc::ChallengeAccount d = common::challenge_account(name_of("d"));
    EXPECT_EQ(host_of(a, "key-a"), 0U);
    EXPECT_EQ(host_of(d, "key-d"), 3U);
    EXPECT_EQ(host_of(d, "second"), 3U);
    EXPECT_EQ(host_of(a, "key-d"), std::nullopt);
    EXPECT_EQ(host_of(a, "secret"), std::nullopt) << "a token is no key";
    EXPECT_EQ(host_of({a.user, d.subdomain}, "key-d"), std::nullopt);
    EXPECT_EQ(host_of({d.user, a.subdomain}, "key-d"), std::nullopt);
    EXPECT_EQ(host_of({}, "key-d"), std::nullopt);
    EXPECT_EQ(host_of(common::challenge_account(name_of("b")), "secret"), std::nullopt);
}

TEST_F(CredentialsTest, NoAccountExistsIfNoHostHasAKey)
{
    ASSERT_TRUE(build());
    for (const ipc::ChallengeAccount& account :
         {ipc::ChallengeAccount{}, common::challenge_account(name_of("a"))}) {
        EXPECT_EQ(hosts.authorise(account, *base::Token::from("secret"), {}), std::nullopt);
        EXPECT_EQ(hosts.look_up(account).host, hosts.count());
    }
}

} // namespace
