// nanodnsd --acme-json, nanodnsd(8).
#include "daemon/reader/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/common/challenge_account.h"
#include "daemon/common/token_digest.h"
#include "proto/base/text.h"

namespace
{

/// The value of a key, which no other key contains.
std::string member_of(const std::string& json, const std::string& key)
{
    const std::string before = '"' + key + "\":\"";
    const std::size_t begin = json.find(before);
    EXPECT_NE(begin, std::string::npos) << key << " in " << json;
    return begin == std::string::npos
               ? ""
               : json.substr(begin + before.size(),
                             json.find('"', begin + before.size()) - begin - before.size());
}

std::string without_dashes(std::string text)
{
    std::erase(text, '-');
    return text;
}

TEST(Accounts, ArePrintedAsARegistrationIs)
{
    const reader::NewAccount account = reader::make_account("Home.Dyn.example.org.", "");
    const std::string user = member_of(account.json, "username");
    const std::string key = member_of(account.json, "password");
    const std::string subdomain = member_of(account.json, "subdomain");
    EXPECT_EQ(account.json,
              "{\"username\":\"" + user + "\",\"password\":\"" + key +
                  "\",\"fulldomain\":\"_acme-challenge.home.dyn.example.org\",\"subdomain\":\"" + subdomain +
                  "\",\"allowfrom\":[]}");
    const ipc::ChallengeAccount names =
        common::challenge_account(*dns::Name::from_text("home.dyn.example.org"));
    EXPECT_EQ(without_dashes(user), base::to_hex(names.user));
    EXPECT_EQ(without_dashes(subdomain), base::to_hex(names.subdomain));
    EXPECT_THAT(user, testing::MatchesRegex("........-....-8...-....-............"));
    EXPECT_THAT(key, testing::MatchesRegex("[A-Za-z0-9_-]+"));
    EXPECT_EQ(key.size(), 40U);
}

TEST(Accounts, HaveTheHashOfTheirKeyForTheConfig)
{
    const reader::NewAccount account = reader::make_account("home.example.org", "");
    const std::string begin = "acme_hash=";
    ASSERT_TRUE(account.acme_hash.starts_with(begin));
    const auto hash = base::parse_token_hash(account.acme_hash.substr(begin.size()));
    ASSERT_TRUE(hash);
    const std::string key = member_of(account.json, "password");
    EXPECT_EQ(hash, common::hash_token(base::as_bytes(key), hash->salt));
}

TEST(Accounts, HaveANewKeyEachTime)
{
    const reader::NewAccount first = reader::make_account("home.example.org", "");
    const reader::NewAccount second = reader::make_account("home.example.org", "");
    EXPECT_EQ(member_of(first.json, "username"), member_of(second.json, "username"));
    EXPECT_NE(member_of(first.json, "password"), member_of(second.json, "password"));
    EXPECT_NE(first.acme_hash, second.acme_hash);
}

// The keys that goacmedns stores, in an object by domain: lego, Traefik, cert-manager and Caddy read it.
TEST(Accounts, ArePrintedAsClientsKeepThemIfThereIsAUrl)
{
    const std::string json =
        reader::make_account("home.example.org.", "https://ns.example.org:8443/dns").json;
    EXPECT_EQ(json,
              "{\"home.example.org\":{\"fulldomain\":\"_acme-challenge.home.example.org\",\"subdomain\":\"" +
                  member_of(json, "subdomain") + "\",\"username\":\"" + member_of(json, "username") +
                  "\",\"password\":\"" + member_of(json, "password") +
                  "\",\"server_url\":\"https://ns.example.org:8443/dns\"}}");
}

void make(std::string_view name, std::string_view url = "")
{
    reader::make_account(name, url);
}

TEST(AccountsDeathTest, NeedAHostAndAUrl)
{
    const auto exits = testing::ExitedWithCode(1);
    EXPECT_EXIT(make("home..example.org"), exits, "invalid name: found an empty label, expected letters");
    EXPECT_EXIT(make("192.0.2.1"), exits,
                "invalid name: found the address 192.0.2.1, expected a domain name");
    EXPECT_EXIT(make(""), exits, "invalid name: found nothing, expected a domain name");
    EXPECT_EXIT(make("*.example.org"), exits, "in a name, expected letters");
    const std::string expected = ", expected the name of a host with the domain, like home.dyn.example.org";
    EXPECT_EXIT(make("home"), exits, "found home" + expected);
    EXPECT_EXIT(make("_acme-challenge.example.org"), exits, "found _acme-challenge.example.org" + expected);
    const std::string label(60, 'a');
    EXPECT_EXIT(make(label + '.' + label + '.' + label + '.' + label), exits,
                "found a name that is longer than 255 bytes with _acme-challenge before it");
    for (const char* url : {"ns.example.org", "ftp://a", "https://a b", "https://a\"b", "https://a\\\\"}) {
        EXPECT_EXIT(make("home.example.org", url), exits,
                    "expected the URL of the server, like https://ns.example.org");
    }
}

} // namespace
