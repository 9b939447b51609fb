// Decides one update with a token, as the keeper does: guess_once HOST TOKEN. Run it under callgrind, which
// counts the instructions within keeper::Ledger::propose.
#include <iostream>
#include <string>

#include "tests/daemon/keeper/fixture.h"

int main(int argc, char** argv)
{
    if (argc != 3) {
        return 2;
    }
    keeper::LedgerFixture fixture;
    for (std::uint32_t i = 0; i < 100; ++i) { // hosts with token=
        fixture.accounts.push_back(keeper::account(20 + i, "host-" + std::to_string(1000 + i)));
    }
    // a host with token_hash=
    const base::TokenHash hash =
        *base::parse_token_hash("{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");
    fixture.accounts.push_back({ipc::HostIndex{200}, keeper::name_of("hash-1000"), hash, base::Seconds{60}});
    keeper::Ledger& ledger = fixture.start();
    ipc::Propose guess = keeper::set4(argv[1], 1);
    guess.token = *base::Token::from(argv[2]);
    ledger.begin_batch();
    const bool is_accepted = ledger.propose(guess, fixture.now());
    std::cout << (is_accepted ? "accepted\n" : "refused\n");
    return 0;
}
