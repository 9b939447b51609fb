// One update with a token, as the keeper decides it: guess_once HOST TOKEN. Run under callgrind, whose count
// of instructions within keeper::Ledger::propose is the work that a guess is.
#include <iostream>
#include <string>

#include "tests/daemon/keeper/fixture.h"

int main(int argc, char** argv)
{
    if (argc != 3) {
        return 2;
    }
    keeper::Bench bench;
    for (std::uint32_t i = 0; i < 100; ++i) { // each as the supervisor makes it of token=
        bench.accounts.push_back(keeper::account(20 + i, "host-" + std::to_string(1000 + i)));
    }
    // and one of token_hash=, as the config had it
    const base::TokenHash hash =
        *base::parse_token_hash("{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v");
    bench.accounts.push_back({ipc::HostIndex{200}, keeper::name_of("hash-1000"), hash, base::Seconds{60}});
    keeper::Ledger& ledger = bench.start();
    ipc::Propose guess = keeper::set4(argv[1], 1);
    guess.token = *base::Token::from(argv[2]);
    ledger.begin_batch();
    const bool is_open = ledger.propose(guess, bench.now());
    std::cout << (is_open ? "open\n" : "refused\n");
    return 0;
}
