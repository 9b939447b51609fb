// Decides one update with a token, as the keeper does: guess_once HOST[,HOST...] TOKEN [PURPOSE [CLIENT]].
// The purpose is "addresses", "challenge", "both", "account", that of the host, or "look"; the client is an
// address or "unknown". Run it under callgrind, which counts the instructions within
// keeper::Proposals::propose, from the start of guess_once() on.
#include <iostream>
#include <sstream>
#include <string>

#include "daemon/common/challenge_account.h"
#include "daemon/keeper/feeds.h"
#include "daemon/keeper/proposals.h"
#include "tests/daemon/keeper/fixture.h"

namespace
{

/// A keeper, and an updater that sends it proposals.
class Keeper
{
public:
    Keeper(keeper::Ledger& ledger, const keeper::ReportPeer& report_peer)
        : feeds_(loop_, ledger, 0, report_peer),
          proposals_(loop_, ledger, feeds_, base::SipKey{4},
                     dns::CompactName{*dns::Name::from_text("example.org")}, report_peer)
    {
        auto [ours, theirs] = privsep::Channel::pair();
        proposals_.attach(ours.release());
        updater_ = std::move(theirs);
    }
    /// Whether the token opens the host.
    bool look(const ipc::Propose& guess)
    {
        const ipc::Look look{guess.id, guess.token, guess.client, guess.client_is_known, guess.hosts.at(0)};
        return std::holds_alternative<ipc::Seen>(ask(look));
    }
    ipc::Verdict decide(const ipc::Propose& proposal)
    {
        return std::get<ipc::Settled>(ask(proposal)).hosts.at(0).verdict;
    }

private:
    ipc::KeeperToUpdater ask(const ipc::UpdaterToKeeper& message)
    {
        std::vector<std::uint8_t> room(ipc::max_record);
        updater_.send_record(ipc::encode(message, room));
        loop_.turn(0);
        return ipc::decode<ipc::KeeperToUpdater>(updater_.receive_record(room).record).value();
    }

    privsep::EventLoop loop_;
    keeper::Feeds feeds_;
    keeper::Proposals proposals_;
    privsep::Channel updater_;
};

base::TokenHash hash_of(const std::string& token)
{
    return common::hash_token(*base::Token::from(token), ipc::Salt{9});
}

/// 100 hosts with token=, half of them with a short one. Others have token_hash=, or all that makes a
/// difference in who may update them. The names have the same length.
std::vector<ipc::Account> accounts()
{
    std::vector<ipc::Account> accounts;
    for (std::uint32_t i = 0; i < 100; ++i) {
        accounts.push_back(keeper::account(20 + i, "host-" + std::to_string(1000 + i)));
        accounts.back().has_short_token = i % 2 == 0;
    }
    const base::TokenHash hash =
        *base::parse_token_hash("{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");
    accounts.push_back({ipc::HostIndex{200}, keeper::name_of("hash-1000"), hash, base::Seconds{60}});
    std::uint32_t index = 201;
    const auto add = [&](std::string_view name) -> ipc::Account& {
        return accounts.emplace_back(keeper::account(index++, name));
    };
    ipc::Account& many = add("many-1000"); // eight tokens
    for (int i = 1; i < 8; ++i) {
        many.more_tokens.push_back(hash_of("more-" + std::to_string(i)));
    }
    add("grou-1000");
    add("only-1000").token = {}; // in a group, and without a token of its own
    add("from-1000").allow_from = {*base::parse_network("192.0.2.0/24"), *base::parse_network("::/0")};
    add("acme-1000").token_sets_challenge = true;
    ipc::Account& keys = add("keys-1000");
    for (int i = 1; i <= 4; ++i) {
        keys.challenge_keys.push_back(hash_of("key-" + std::to_string(i)));
    }
    ipc::Account& all = add("allo-1000");
    all.more_tokens = {hash_of("more-a"), hash_of("more-b")};
    all.allow_from.assign(16, *base::parse_network("192.0.2.0/24"));
    all.challenge_keys = {hash_of("key-a")};
    all.token_sets_challenge = true;
    ipc::Account& stat = add("stat-1000");
    stat.token = {};
    stat.is_static = true;
    stat.challenge_keys = {hash_of("key-s")};
    return accounts;
}

std::vector<ipc::Group> groups()
{
    const auto index = [](std::uint32_t number) { return ipc::HostIndex{number}; };
    return {{{hash_of("group-1"), hash_of("group-2")}, false, {}, {index(202), index(203)}},
            {{hash_of("group-3")}, false, {*base::parse_network("192.0.2.0/24")}, {index(203), index(207)}}};
}

std::vector<dns::Name> names(const std::string& list)
{
    std::vector<dns::Name> names;
    std::istringstream in{list};
    for (std::string name; std::getline(in, name, ',');) {
        names.push_back(keeper::name_of(name));
    }
    return names;
}

ipc::Propose guess_of(const std::string& hosts, std::string_view token, std::string_view purpose)
{
    ipc::Propose guess = keeper::set4("x", 1);
    guess.token = *base::Token::from(token);
    guess.hosts = names(hosts);
    if (purpose != "addresses" && purpose != "look") {
        guess.txt = ipc::TxtChange::set;
        guess.value.fill('x');
    }
    if (purpose == "challenge" || purpose == "account") {
        guess.ipv4.change = guess.ipv6.change = guess.prefix.change = ipc::Change::keep;
    }
    if (purpose == "account") {
        guess.account = common::challenge_account(guess.hosts.at(0));
        guess.hosts.clear();
    }
    return guess;
}

/// The tests count from here: callgrind must find its name.
[[gnu::noinline]] bool guess_once(Keeper& keeper, const ipc::Propose& guess, bool looks)
{
    return looks ? keeper.look(guess) : keeper.decide(guess) != ipc::Verdict::refused;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3 || argc > 5) {
        return 2;
    }
    keeper::LedgerFixture fixture;
    fixture.accounts = accounts();
    fixture.groups = groups();
    Keeper keeper{fixture.start(), [](const ipc::PeerReport&) {}};
    // one host has an address, and one that its last update came from; this is not counted
    keeper.decide(keeper::set4("host-1060", 1));
    ipc::Propose guess = guess_of(argv[1], argv[2], argc > 3 ? argv[3] : "addresses");
    const std::string client = argc > 4 ? argv[4] : "198.51.100.7";
    guess.client_is_known = client != "unknown";
    guess.client = base::parse_address(client).value_or(*base::parse_address("198.51.100.7"));
    const bool looks = argc > 3 && std::string_view{argv[3]} == "look";
    std::cout << (guess_once(keeper, guess, looks) ? "accepted\n" : "refused\n");
    return 0;
}
