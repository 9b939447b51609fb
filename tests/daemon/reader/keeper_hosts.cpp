// What the keeper's setup says of hosts: who may update them, and what an update does.
#include "daemon/reader/keeper_hosts.h"

#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

#include "daemon/common/token_digest.h"

namespace
{

template <typename Part>
using Parts = std::vector<Part>;

const std::string hash_text = "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";

config::Config parsed_config(const std::string& hosts)
{
    config::Parsed parsed = config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                                          "email=hostmaster@example.org\n" +
                                          hosts);
    for (const config::Error& error : parsed.errors) {
        ADD_FAILURE() << error.at.line << ": " << error.text;
    }
    return parsed.config;
}

/// All records of one kind for this config.
template <typename Part>
Parts<Part> parts_of(const std::string& hosts)
{
    reader::SetupWriter out{"test"};
    reader::add_hosts(out, parsed_config(hosts), base::SipKey{1});
    const privsep::UniqueFd memory = std::move(out).finish();
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(::lseek(memory.get(), 0, SEEK_END)));
    EXPECT_EQ(::pread(memory.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    Parts<Part> parts;
    const auto take = [&](const ipc::KeeperPart& part) {
        if (const auto* const wanted = std::get_if<Part>(&part)) {
            parts.push_back(*wanted);
        }
    };
    EXPECT_TRUE(ipc::read_setup<ipc::KeeperPart>(bytes, take));
    return parts;
}

ipc::Account account_of(const std::string& keys)
{
    const auto accounts = parts_of<ipc::Account>("[@static]\na=192.0.2.1\n[@h]\n" + keys);
    EXPECT_EQ(accounts.size(), 1U);
    return accounts.empty() ? ipc::Account{} : accounts[0];
}

bool is_hash_of(const base::TokenHash& hash, std::string_view token)
{
    return hash == common::hash_token(*base::Token::from(token), hash.salt);
}

TEST(KeeperHosts, HaveADigestOfEachToken)
{
    const ipc::Account account =
        account_of("token=first\ntoken_hash=" + hash_text + "\ntoken=0123456789abcdef\n");
    EXPECT_EQ(account.index, ipc::HostIndex{1});
    EXPECT_TRUE(is_hash_of(account.token, "first"));
    ASSERT_EQ(account.more_tokens.size(), 2U);
    EXPECT_EQ(account.more_tokens[0], base::parse_token_hash(hash_text));
    EXPECT_TRUE(is_hash_of(account.more_tokens[1], "0123456789abcdef"));
    EXPECT_TRUE(account.has_short_token);
    EXPECT_FALSE(account.is_static);
    EXPECT_NE(account.token.salt, account.more_tokens[1].salt);
    EXPECT_FALSE(account_of("token=0123456789abcdef\n").has_short_token);
}

TEST(KeeperHosts, HaveWhatTheirSectionsSay)
{
    const ipc::Account plain = account_of("token=x\n");
    EXPECT_EQ(plain.missing, ipc::Missing::by_dialect);
    EXPECT_EQ(plain.private_addresses, ipc::PrivateAddresses::accepted);
    EXPECT_FALSE(plain.requires_address || plain.suffix || plain.token_sets_challenge);
    EXPECT_TRUE(plain.allow_from.empty() && plain.challenge_keys.empty());
    EXPECT_FALSE(plain.has_a || plain.has_aaaa);

    const ipc::Account full = account_of("token=x\nmissing=keep\nallow_private=client\nrequire_address=yes\n"
                                         "suffix=::5\nacme=yes\nacme_hash=" +
                                         hash_text + "\nallow_from=::1 192.0.2.0/24\nexpire=35d\n");
    EXPECT_EQ(full.missing, ipc::Missing::keep);
    EXPECT_EQ(full.private_addresses, ipc::PrivateAddresses::replaced);
    EXPECT_TRUE(full.requires_address && full.token_sets_challenge);
    EXPECT_EQ(full.suffix, base::parse_address6("::5"));
    EXPECT_EQ(full.challenge_keys, Parts<base::TokenHash>{*base::parse_token_hash(hash_text)});
    EXPECT_EQ(full.allow_from.size(), 2U);
    EXPECT_EQ(full.lifetime, base::Seconds{35 * 86400});
    EXPECT_TRUE(account_of("token=x\na=192.0.2.1\n").has_a);
    EXPECT_TRUE(account_of("token=x\naaaa=2001:db8::1\n").has_aaaa);
    EXPECT_EQ(account_of("token=x\nmissing=remove\n").missing, ipc::Missing::remove);
    EXPECT_EQ(account_of("token=x\nallow_private=no\n").private_addresses, ipc::PrivateAddresses::refused);
}

TEST(KeeperHosts, AreAccountsWithoutATokenIfTheyHaveAKey)
{
    const ipc::Account account = account_of("cname=a.b\nacme_hash=" + hash_text + '\n');
    EXPECT_TRUE(account.is_static);
    EXPECT_EQ(account.token, base::TokenHash{});
    EXPECT_EQ(account.challenge_keys.size(), 1U);
}

TEST(KeeperHosts, KeepNothingOfTheHostBefore)
{
    const auto accounts = parts_of<ipc::Account>(
        "[@a]\ntoken=x\ntoken=y\nsuffix=::1\nacme=yes\nmissing=keep\nacme_hash=" + hash_text +
        "\nallow_from=::1\n[@b]\ntoken=0123456789abcdef\n");
    ASSERT_EQ(accounts.size(), 2U);
    EXPECT_TRUE(accounts[1].more_tokens.empty() && accounts[1].challenge_keys.empty() &&
                accounts[1].allow_from.empty());
    EXPECT_FALSE(accounts[1].suffix || accounts[1].token_sets_challenge || accounts[1].has_short_token);
    EXPECT_EQ(accounts[1].missing, ipc::Missing::by_dialect);
}

TEST(KeeperHosts, AreInSeveralRecordsOfALargeGroup)
{
    constexpr std::uint32_t most = 65535;
    std::string sections;
    std::string group = "[group g]\ntoken=0123456789abcdef\n";
    for (std::uint32_t i = 0; i <= most; ++i) {
        const std::string name = "h" + std::to_string(i);
        sections += "[@" + name + "]\n";
        group += "hosts=" + name + '\n';
    }
    const auto groups = parts_of<ipc::Group>(sections + group);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].hosts.size(), most);
    EXPECT_EQ(groups[1].hosts, (Parts<ipc::HostIndex>{ipc::HostIndex{most}}));
    EXPECT_EQ(groups[0].tokens, groups[1].tokens);
}

TEST(KeeperHosts, AreInGroups)
{
    const std::string hosts = "[group g]\ntoken=short\ntoken_hash=" + hash_text +
                              "\nhosts=c a\nallow_from=192.0.2.0/24\n[@a]\n[@b]\n[@c]\ntoken=x\n";
    const auto groups = parts_of<ipc::Group>(hosts);
    ASSERT_EQ(groups.size(), 1U);
    ASSERT_EQ(groups[0].tokens.size(), 2U);
    EXPECT_TRUE(is_hash_of(groups[0].tokens[0], "short"));
    EXPECT_TRUE(groups[0].has_short_token);
    EXPECT_EQ(groups[0].hosts, (Parts<ipc::HostIndex>{ipc::HostIndex{2}, ipc::HostIndex{0}}));
    EXPECT_EQ(groups[0].allow_from.size(), 1U);
    const auto accounts = parts_of<ipc::Account>(hosts);
    ASSERT_EQ(accounts.size(), 2U) << "b is static";
    EXPECT_EQ(accounts[0].token, base::TokenHash{});
    EXPECT_FALSE(accounts[0].is_static);
}

TEST(KeeperHosts, FollowOthers)
{
    const std::string hosts = "[@tv]\nfollow=home\nsuffix=00:00:5e:00:53:01\nfollow_a=yes\n[@home]\ntoken=x\n"
                              "[@nas]\nfollow=home\nsuffix=::2\na=192.0.2.1\nacme_hash=" +
                              hash_text + '\n';
    const auto followers = parts_of<ipc::Follower>(hosts);
    ASSERT_EQ(followers.size(), 2U);
    EXPECT_EQ(followers[0].index, ipc::HostIndex{0});
    EXPECT_EQ(followers[0].host.to_text(), "tv.dyn.example.org.");
    EXPECT_EQ(followers[0].leader, ipc::HostIndex{1});
    EXPECT_EQ(to_text(followers[0].suffix), "::200:5eff:fe00:5301");
    EXPECT_TRUE(followers[0].has_leaders_a);
    EXPECT_FALSE(followers[1].has_leaders_a || followers[0].has_a);
    EXPECT_TRUE(followers[1].has_a);
    EXPECT_EQ(parts_of<ipc::Account>(hosts).size(), 2U) << "home, and nas with its key";
    EXPECT_EQ(parts_of<ipc::StaticHost>(hosts).size(), 1U);
}

} // namespace
