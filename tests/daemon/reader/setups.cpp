// The setup of each child: what it contains and what it must not contain.
#include "daemon/reader/setups.h"

#include <algorithm>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <set>
#include <string_view>
#include <unistd.h>

#include "daemon/common/token_digest.h"
#include "proto/base/text.h"

namespace
{

using ByteVector = std::vector<std::uint8_t>;

ByteVector content(const privsep::UniqueFd& memory)
{
    ByteVector bytes(static_cast<std::size_t>(::lseek(memory.get(), 0, SEEK_END)));
    EXPECT_EQ(::pread(memory.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return bytes;
}

config::Config sample()
{
    const config::Parsed parsed =
        config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                      "email=hostmaster@example.org\n"
                      "[@static]\na=192.0.2.1\naaaa=2001:db8::1\n"
                      "[@home]\ntoken=marker-of-a-token\nexpire=1h\n");
    EXPECT_TRUE(parsed.errors.empty());
    return parsed.config;
}

struct Setups {
    privsep::UniqueFd keeper;
    privsep::UniqueFd updater;
    std::vector<privsep::UniqueFd> responders;
};

/// A responder for each of `workers`, which have so many TCP and UDP sockets.
Setups setups_of(const config::Config& config, const std::vector<config::SavedHost>& imported = {},
                 const std::vector<std::pair<std::uint16_t, std::uint16_t>>& workers = {{1, 2}},
                 bool are_shared = false)
{
    ipc::MakeSetups wanted{{}, are_shared, 8443};
    for (std::uint16_t index = 0; const auto& [tcp, udp] : workers) {
        wanted.children.push_back({ipc::Role::responder, index++, tcp, udp, 0});
    }
    wanted.children.push_back({ipc::Role::updater, 0, 0, 0, 3});
    wanted.children.push_back({ipc::Role::keeper, 0, 0, 0, 0});
    ipc::ReaderSetup own;
    own.state_path = "nanodnsd.state";
    own.is_reload = true;
    reader::SetupMaker maker{config, wanted, own, imported};
    std::vector<privsep::UniqueFd> made;
    for (const ipc::WantedSetup& child : wanted.children) {
        made.push_back(maker.make(child));
    }
    Setups setups{std::move(made.back()), std::move(made[made.size() - 2]), {}};
    made.resize(workers.size());
    setups.responders = std::move(made);
    return setups;
}

bool contains(const ByteVector& bytes, std::string_view text)
{
    const base::Bytes wanted = base::as_bytes(text);
    return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()) != bytes.end();
}

std::vector<ipc::KeeperPart> keeper_parts(const Setups& setups)
{
    std::vector<ipc::KeeperPart> parts;
    EXPECT_TRUE(ipc::read_setup<ipc::KeeperPart>(
        content(setups.keeper), [&](const ipc::KeeperPart& part) { parts.push_back(part); }));
    return parts;
}

TEST(Setups, ContainNoToken)
{
    const auto setups = setups_of(sample());
    EXPECT_FALSE(contains(content(setups.keeper), "marker"));
    EXPECT_FALSE(contains(content(setups.updater), "marker"));
    EXPECT_FALSE(contains(content(setups.responders[0]), "marker"));
}

TEST(Setups, GiveTheKeeperADigestOfEachToken)
{
    const auto parts = keeper_parts(setups_of(sample()));
    ASSERT_EQ(parts.size(), 3U);
    const auto& setup = std::get<ipc::KeeperSetup>(parts[0]);
    const auto& account = std::get<ipc::Account>(parts[2]);
    EXPECT_EQ(setup.apex.to_text(), "dyn.example.org.");
    EXPECT_EQ(setup.state_path, "nanodnsd.state");
    EXPECT_TRUE(setup.is_reload);
    EXPECT_EQ(setup.hosts, 2U);
    EXPECT_EQ(setup.responders, 1U);
    EXPECT_EQ(account.index, ipc::HostIndex{1});
    EXPECT_EQ(account.host.to_text(), "home.dyn.example.org.");
    EXPECT_EQ(account.lifetime, base::Seconds{3600});
    const base::Token token = *base::Token::from("marker-of-a-token");
    EXPECT_EQ(account.token, common::hash_token(token, account.token.salt));
    EXPECT_NE(account.token.salt, ipc::Salt{});
    EXPECT_NE(setup.secret, base::SipKey{});
}

TEST(Setups, GiveTheKeeperOnlyAHashOfTheNameOfAStaticHost)
{
    const auto setups = setups_of(sample());
    const auto parts = keeper_parts(setups);
    const base::SipKey secret = std::get<ipc::KeeperSetup>(parts.at(0)).secret;
    const auto wire = base::siphash24(secret, dns::Name::from_text("static.dyn.example.org")->wire());
    EXPECT_EQ(std::get<ipc::StaticHost>(parts.at(1)).name_hash, static_cast<std::uint32_t>(wire));
    EXPECT_FALSE(contains(content(setups.keeper), "static"));
}

TEST(Setups, TellTheKeeperWhichTokensAreShort)
{
    config::Config config = sample();
    const auto is_short = [&config] {
        return std::get<ipc::Account>(keeper_parts(setups_of(config)).at(2)).has_short_token;
    };
    for (const std::size_t size : {1U, 15U, 16U, 255U}) {
        config.hosts[1].secrets = {
            {base::CompactToken{*base::Token::from(std::string(size, 'x'))}, false, {}}};
        EXPECT_EQ(is_short(), size < 16) << size;
    }
    config.hosts[1].secrets = {config::Secret::of({}, {})};
    EXPECT_FALSE(is_short());
}

TEST(Setups, HaveADifferentSaltForEachTokenAndEachRun)
{
    config::Config config = sample();
    config.hosts[0].secrets = config.hosts[1].secrets;
    std::set<ipc::Salt> salts;
    for (int i = 0; i < 2; ++i) {
        for (const ipc::KeeperPart& part : keeper_parts(setups_of(config))) {
            if (const auto* account = std::get_if<ipc::Account>(&part)) {
                salts.insert(account->token.salt);
            }
        }
    }
    EXPECT_EQ(salts.size(), 4U);
}

ipc::ResponderSetup head_of(const privsep::UniqueFd& setup)
{
    ipc::ResponderSetup head;
    ipc::read_setup<ipc::ResponderPart>(content(setup), [&](const ipc::ResponderPart& part) {
        if (const auto* found = std::get_if<ipc::ResponderSetup>(&part)) {
            head = *found;
        }
    });
    return head;
}

TEST(Setups, DivideConnectionsAmongWorkersAndNumberThem)
{
    config::Config config = sample();
    config.tcp.connections = 16;
    const auto setups = setups_of(config, {}, {{1, 4}, {2, 5}, {3, 6}}, true);
    ASSERT_EQ(setups.responders.size(), 3U);
    for (std::uint16_t i = 0; i < 3; ++i) {
        const ipc::ResponderSetup head = head_of(setups.responders[i]);
        EXPECT_EQ(head.worker, i + 1);
        EXPECT_EQ(head.workers, setups.responders.size());
        EXPECT_EQ(head.tcp_sockets, i + 1);
        EXPECT_EQ(head.udp_sockets, i + 4);
        EXPECT_EQ(head.tcp_connections, 6) << "a third of 16, rounded up";
        EXPECT_TRUE(head.shares_sockets);
        EXPECT_TRUE(head.cookie_secrets.empty()) << "the supervisor sends the same to all workers";
    }
    EXPECT_EQ(std::get<ipc::KeeperSetup>(keeper_parts(setups)[0]).responders, 3U);
}

TEST(Setups, GiveEachWorkerAtLeastOneConnection)
{
    config::Config config = sample();
    config.tcp.connections = 1;
    const auto setups = setups_of(config, {}, {{1, 1}, {1, 1}, {1, 1}});
    EXPECT_EQ(head_of(setups.responders[2]).tcp_connections, 1);
}

// A single worker has no number.
TEST(Setups, DoNotNumberTheOnlyWorker)
{
    const ipc::ResponderSetup head = head_of(setups_of(sample()).responders.at(0));
    EXPECT_EQ(head.worker, 0);
    EXPECT_EQ(head.workers, 1);
    EXPECT_EQ(head.tcp_connections, 16);
    EXPECT_FALSE(head.shares_sockets);
}

TEST(Setups, GiveTheKeeperAHashedTokenUnchanged)
{
    config::Config config = sample();
    base::TokenHash hash;
    hash.digest.fill(7);
    hash.salt.fill(8);
    config.hosts[1].secrets = {config::Secret::of(hash, {})};
    EXPECT_EQ(std::get<ipc::Account>(keeper_parts(setups_of(config)).at(2)).token, hash);
}

TEST(Setups, GiveTheResponderNoDigest)
{
    const auto setups = setups_of(sample());
    const auto account = std::get<ipc::Account>(keeper_parts(setups)[2]);
    const ByteVector bytes = content(setups.responders[0]);
    EXPECT_FALSE(contains(bytes, base::as_text(account.token.digest)));
    std::vector<ipc::HostSetup> hosts;
    ASSERT_TRUE(ipc::read_setup<ipc::ResponderPart>(bytes, [&](const ipc::ResponderPart& part) {
        if (const auto* host = std::get_if<ipc::HostSetup>(&part)) {
            hosts.push_back(*host);
        }
    }));
    ASSERT_EQ(hosts.size(), 2U);
    ASSERT_EQ(hosts[0].records.size(), 2U);
    EXPECT_EQ(hosts[0].records[0].type, 1);
    EXPECT_EQ(hosts[0].records[0].data, (ByteVector{192, 0, 2, 1}));
    EXPECT_EQ(hosts[0].records[1].type, 28);
}

// the keeper sends nothing of a leader that was never updated
TEST(Setups, GiveAFollowerTheConfiguredAOfItsLeader)
{
    const config::Parsed parsed =
        config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                      "email=hostmaster@example.org\n"
                      "[@tv]\nfollow=home\nsuffix=::1\nfollow_a=yes\n[@home]\ntoken=x\na=192.0.2.1\n");
    ASSERT_TRUE(parsed.errors.empty());
    const auto setups = setups_of(parsed.config);
    std::size_t hosts = 0;
    ASSERT_TRUE(ipc::read_setup<ipc::ResponderPart>(
        content(setups.responders[0]), [&](const ipc::ResponderPart& part) {
            if (const auto* host = std::get_if<ipc::HostSetup>(&part)) {
                ++hosts;
                ASSERT_EQ(host->records.size(), 1U);
                EXPECT_EQ(host->records[0].data, (ByteVector{192, 0, 2, 1}));
            }
        }));
    EXPECT_EQ(hosts, 2U);
}

// In the order of the file, after the addresses. The responders group records by type.
TEST(Setups, GiveTheResponderEachRecord)
{
    const config::Parsed parsed =
        config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                      "email=hostmaster@example.org\n"
                      "[@]\ntxt=one\nmx=10 m.example\na=192.0.2.1\n[@*]\ncname=dyn.example.org\n");
    ASSERT_TRUE(parsed.errors.empty());
    std::string seen;
    const auto setups = setups_of(parsed.config);
    ASSERT_TRUE(ipc::read_setup<ipc::ResponderPart>(
        content(setups.responders[0]), [&](const ipc::ResponderPart& part) {
            if (const auto* host = std::get_if<ipc::HostSetup>(&part)) {
                seen += host->name.to_text();
                for (const ipc::StaticRecord& record : host->records) {
                    seen += ' ' + std::to_string(record.type) + '=' + base::to_hex(record.data);
                }
                seen += '\n';
            }
        }));
    EXPECT_EQ(seen, "dyn.example.org. 1=c0000201 16=036f6e65 15=000a016d076578616d706c6500\n"
                    "*.dyn.example.org. 5=0364796e076578616d706c65036f726700\n");
}

// They are written some records at a time. One record may be larger than the buffer, and many records are.
TEST(Setups, AreCompleteForAnyAmountOfData)
{
    config::Config config = sample();
    config.hosts[0].records.assign(100, {dns::Type::txt, ByteVector(1000, 'x'), {}});
    for (std::uint8_t i = 0; i < 200; ++i) {
        config.hosts.push_back(config.hosts[1]);
        config.hosts.back().a = {base::Address4{{192, 0, 2, i}}};
        config.hosts.back().records.assign(i, {dns::Type::mx, ByteVector(i), {}});
    }
    const auto setups = setups_of(config);
    std::size_t hosts = 0;
    const auto check = [&](const ipc::HostSetup& host) {
        const config::Host& wanted = config.hosts.at(hosts++);
        EXPECT_EQ(host.name, wanted.name.get());
        EXPECT_EQ(host.records.size(), wanted.a.size() + wanted.aaaa.size() + wanted.records.size());
        EXPECT_TRUE(wanted.records.empty() || host.records.back().data == wanted.records.back().data);
    };
    ASSERT_TRUE(ipc::read_setup<ipc::ResponderPart>(content(setups.responders[0]), [&](const auto& part) {
        if constexpr (std::is_same_v<decltype(part), const ipc::HostSetup&>) {
            check(part);
        } else {
            EXPECT_EQ(part.hosts, config.hosts.size());
        }
    }));
    EXPECT_EQ(hosts, config.hosts.size());
    EXPECT_EQ(keeper_parts(setups).size(), 1 + config.hosts.size()) << "the head, and all hosts";
}

TEST(Setups, AreSealed)
{
    const auto setups = setups_of(sample());
    EXPECT_LT(::pwrite(setups.keeper.get(), "x", 1, 0), 0);
    EXPECT_LT(::ftruncate(setups.keeper.get(), 0), 0);
}

TEST(Setups, HaveADifferentFingerprintOnlyIfTheZoneChanges)
{
    const auto fingerprint = [](const config::Config& config) {
        return std::get<ipc::KeeperSetup>(keeper_parts(setups_of(config))[0]).zone_fingerprint;
    };
    const ipc::Digest before = fingerprint(sample());
    config::Config config = sample();
    config.hosts[1].secrets = {{base::CompactToken{*base::Token::from("another")}, false, {}}};
    config.hosts[1].expire = base::Seconds{7};
    config.server.rate_limit = 5;
    EXPECT_EQ(fingerprint(config), before);
    config.hosts[0].a[0].bytes[3] = 2;
    EXPECT_NE(fingerprint(config), before);
    config = sample();
    config.hosts[1].records.push_back({dns::Type::txt, {1, 'x'}, {}});
    EXPECT_NE(fingerprint(config), before);
    config = sample();
    config.server.mailbox = *dns::Name::from_text("other.example.org");
    EXPECT_NE(fingerprint(config), before);
    config = sample();
    config.server.negative_ttl = base::Seconds{61};
    EXPECT_NE(fingerprint(config), before);
}

TEST(Setups, ContainTheHostsImportedFromThePredecessor)
{
    const config::SavedHost saved{*dns::Name::from_text("home.dyn.example.org"),
                                  base::UnixTime{base::Seconds{5}}, base::parse_address4("192.0.2.9"),
                                  std::nullopt};
    const auto parts = keeper_parts(setups_of(sample(), {saved}));
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(std::get<ipc::ImportedHost>(parts[3]).address4, base::parse_address4("192.0.2.9"));
}

TEST(Setups, HaveADifferentFingerprintForAnotherSuffixOrLeader)
{
    const auto fingerprint = [](const std::string& hosts) {
        const config::Parsed parsed =
            config::parse("[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                          "email=hostmaster@example.org\n" +
                          hosts);
        EXPECT_TRUE(parsed.errors.empty());
        return std::get<ipc::KeeperSetup>(keeper_parts(setups_of(parsed.config))[0]).zone_fingerprint;
    };
    const std::string leaders = "[@a]\ntoken=x\n[@b]\ntoken=y\n[@tv]\n";
    const ipc::Digest before = fingerprint(leaders + "follow=a\nsuffix=::1\n");
    EXPECT_EQ(fingerprint(leaders + "follow=a\nsuffix=::1\n"), before);
    EXPECT_NE(fingerprint(leaders + "follow=a\nsuffix=::2\n"), before);
    EXPECT_NE(fingerprint(leaders + "follow=b\nsuffix=::1\n"), before);
    EXPECT_NE(fingerprint(leaders + "follow=a\nsuffix=::1\nfollow_a=yes\n"), before);
    EXPECT_NE(fingerprint(leaders + "token=another-long-secret\nsuffix=::1\n"), before);
}

TEST(Setups, TellTheUpdaterOfTrustedProxiesAndOfThePage)
{
    config::Config config = sample();
    config.http.trusted_proxies = {*base::parse_network("192.0.2.0/24"), *base::parse_network("::1")};
    config.http.proxy_header = config::ProxyHeader::forwarded;
    config.http.has_page = false;
    const auto setups = setups_of(config);
    const auto check = [&](const ipc::UpdaterSetup& setup) {
        EXPECT_EQ(setup.trusted_proxies, config.http.trusted_proxies);
        EXPECT_EQ(setup.proxy_header, ipc::ProxyHeader::forwarded);
        EXPECT_FALSE(setup.has_page);
        EXPECT_EQ(setup.https_port, 8443);
    };
    EXPECT_TRUE(ipc::read_setup<ipc::UpdaterPart>(
        content(setups.updater), [&](const ipc::UpdaterPart& part) { std::visit(check, part); }));
}

TEST(Setups, TellTheResponderWhichHostsMayHaveAChallenge)
{
    config::Config config = sample();
    config.hosts[1].token_sets_challenge = true;
    const auto setups = setups_of(config);
    std::vector<bool> seen;
    EXPECT_TRUE(ipc::read_setup<ipc::ResponderPart>(
        content(setups.responders[0]), [&](const ipc::ResponderPart& part) {
            if (const auto* host = std::get_if<ipc::HostSetup>(&part)) {
                seen.push_back(host->may_have_challenge);
            }
        }));
    EXPECT_EQ(seen, (std::vector<bool>{false, true}));
}

} // namespace
