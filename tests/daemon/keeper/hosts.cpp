// Lookup and authorisation of hosts.
#include "daemon/keeper/hosts.h"

#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

namespace
{

using namespace keeper;

Hosts hosts_of(const std::vector<ipc::Account>& accounts)
{
    Hosts hosts{base::SipKey{5}};
    for (const ipc::Account& account : accounts) {
        hosts.add(account);
    }
    EXPECT_TRUE(hosts.finish());
    return hosts;
}

base::Token token(std::string_view text)
{
    return *base::Token::from(text);
}

/// Whether the token opens the host for addresses, from anywhere.
std::optional<HostNumber> authorised(const Hosts& hosts, std::string_view host, const base::Token& secret)
{
    return hosts.authorise(name_of(host), secret, {}, Purpose::addresses);
}

TEST(Hosts, AreFoundByTheWholeNameInAnyCaseForAnyNumberOfHosts)
{
    std::vector<ipc::Account> accounts;
    for (std::uint32_t count = 0; count < 130; ++count) {
        const Hosts hosts = hosts_of(accounts);
        ASSERT_EQ(hosts.count(), count);
        for (std::uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(hosts.find(name_of("H" + std::to_string(i))), i);
            ASSERT_EQ(hosts.name(i).to_text(), "h" + std::to_string(i) + ".example.org.");
        }
        ASSERT_EQ(hosts.find(name_of("h" + std::to_string(count))), std::nullopt);
        ASSERT_EQ(hosts.find(dns::Name{}), std::nullopt);
        accounts.push_back(account(count, "h" + std::to_string(count)));
    }
}

TEST(Hosts, AreNotFoundByTheStartOfAName)
{
    const Hosts hosts = hosts_of({account(0, "a.b")});
    EXPECT_EQ(hosts.find(*dns::Name::from_text("a.b.example")), std::nullopt);
    EXPECT_EQ(hosts.find(*dns::Name::from_text("b.example.org")), std::nullopt);
    EXPECT_EQ(hosts.find(*dns::Name::from_text("a.b.example.org")), 0U);
}

TEST(Hosts, WithTheSameNameAreRefused)
{
    Hosts hosts{base::SipKey{5}};
    hosts.add(account(0, "a"));
    hosts.add(account(1, "A"));
    EXPECT_FALSE(hosts.finish());
}

TEST(Hosts, AcceptOnlyTheirOwnToken)
{
    std::vector<ipc::Account> accounts{account(0, "a"), account(1, "b"), account(2, "c")};
    accounts[1].token = common::hash_token(token("another"), ipc::Salt{3});
    accounts[2].token = {};
    const Hosts hosts = hosts_of(accounts);
    EXPECT_EQ(authorised(hosts, "a", token("secret")), 0U);
    EXPECT_EQ(authorised(hosts, "b", token("another")), 1U);
    for (const std::string_view host : {"a", "b", "c", "d"}) {
        for (const std::string_view guess : {"Secret", "secre", "secrets", "anothe", "x"}) {
            EXPECT_EQ(authorised(hosts, host, token(guess)), std::nullopt) << host << guess;
        }
        EXPECT_EQ(authorised(hosts, host, base::Token{}), std::nullopt) << host;
    }
    EXPECT_EQ(authorised(hosts, "a", token("another")), std::nullopt);
    EXPECT_EQ(authorised(hosts, "b", token("secret")), std::nullopt);
}

// An empty token is refused even if its digest matches.
TEST(Hosts, DoNotAcceptAnEmptyToken)
{
    std::vector<ipc::Account> accounts{account(0, "a")};
    accounts[0].token = common::hash_token(base::Token{}, ipc::Salt{3});
    EXPECT_EQ(authorised(hosts_of(accounts), "a", base::Token{}), std::nullopt);
}

} // namespace
