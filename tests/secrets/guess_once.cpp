// Decides one update with a token, as the keeper does: guess_once HOST TOKEN. Run it under callgrind, which
// counts the instructions within keeper::Proposals::propose.
#include <iostream>
#include <string>

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
    ipc::Verdict decide(const ipc::Propose& proposal)
    {
        std::vector<std::uint8_t> room(ipc::max_record);
        updater_.send_record(ipc::encode(ipc::UpdaterToKeeper{proposal}, room));
        loop_.turn(0);
        const auto settled = ipc::decode<ipc::KeeperToUpdater>(updater_.receive_record(room).record);
        return std::get<ipc::Settled>(settled.value()).hosts.at(0).verdict;
    }

private:
    privsep::EventLoop loop_;
    keeper::Feeds feeds_;
    keeper::Proposals proposals_;
    privsep::Channel updater_;
};

/// 100 hosts with token=, half of them with a short one, and one with token_hash=.
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
    return accounts;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        return 2;
    }
    keeper::LedgerFixture fixture;
    fixture.accounts = accounts();
    Keeper keeper{fixture.start(), [](const ipc::PeerReport&) {}};
    // one host has an address, and one that its last update came from
    keeper.decide(keeper::set4("host-1060", 1));
    ipc::Propose guess = keeper::set4(argv[1], 1);
    guess.token = *base::Token::from(argv[2]);
    guess.client = *base::parse_address("198.51.100.7");
    std::cout << (keeper.decide(guess) == ipc::Verdict::refused ? "refused\n" : "accepted\n");
    return 0;
}
