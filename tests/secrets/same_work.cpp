// Checking a token takes the same work for every guess. The tests count instructions with callgrind, since
// times depend on the load of the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "daemon/common/token_digest.h"
#include "tests/support/callgrind.h"

namespace
{

/// Instructions within keeper::Proposals::propose.
std::uint64_t work(const std::string& host, const std::string& token, const std::string& outcome = "refused")
{
    return support::instructions({GUESS_ONCE, host, token}, outcome, "keeper::Proposals::propose*");
}

/// A wrong token of six bytes for host-1050 whose digest starts like the right one: if a comparison ended at
/// the first difference, this guess would take longer.
std::string near_miss()
{
    const ipc::Salt salt{70}; // the salt of host-1050 in guess_once.cpp
    const auto right = common::hash_token(*base::Token::from("secret"), salt).digest;
    for (int i = 100000; i < 1000000; ++i) {
        std::string guess = std::to_string(i);
        const auto digest = common::hash_token(*base::Token::from(guess), salt).digest;
        if (digest[0] == right[0] && digest[1] == right[1]) {
            return guess;
        }
    }
    return "";
}

constexpr std::uint64_t at_least = 5000; // instructions, most of them for the digest

// "secret" is the token of all but hash-1000.
TEST(SameWork, IsDoneForEveryWrongTokenOfTheSameLength)
{
    const std::uint64_t first = work("host-1050", "xxxxxx");
    EXPECT_GT(first, at_least);
    for (const char* guess : {"Secret", "secreT", "secres", "s     ", "\xFF\xFF\xFF\xFF\xFF\xFF", "111111"}) {
        EXPECT_EQ(work("host-1050", guess), first) << guess;
    }
    EXPECT_EQ(work("host-1050", near_miss()), first);
}

TEST(SameWork, IsDoneForEveryNameOfTheSameLengthWhetherItExistsOrNot)
{
    const std::uint64_t first = work("host-1050", "guessed");
    EXPECT_GT(first, at_least);
    for (const char* name :
         {"host-1000", "host-1099", "HOST-1050", "hash-1000", // with token=, long or short, with token_hash=
          "host-1100", "host-9999", "print-101", "zzzzzzzzz", "aaaaaaaaa"}) {
        EXPECT_EQ(work(name, "guessed"), first) << name;
    }
}

// That a host has an address is public. The difference is a jump.
TEST(SameWork, IsDoneForAHostWithAnAddressButForAnInstruction)
{
    const std::uint64_t first = work("host-1050", "guessed");
    EXPECT_NEAR(static_cast<double>(work("host-1060", "guessed")), static_cast<double>(first), 2);
}

// This shows that instructions are counted, and that a difference would be seen.
TEST(SameWork, IsNotDoneForTheRightTokenOrAnotherLength)
{
    const std::uint64_t first = work("host-1050", "guesse");
    EXPECT_NE(work("host-1050", "secret", "accepted"), first);
    EXPECT_NE(work("host-1050", std::string(150, 'x')), first);
}

} // namespace
