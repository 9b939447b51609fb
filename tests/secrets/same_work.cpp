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

/// Instructions within keeper::Proposals::propose for this guess alone. `how`: a purpose and a client, see
/// guess_once.cpp.
std::uint64_t work(const std::string& host, const std::string& token, const std::string& outcome = "refused",
                   const std::vector<std::string>& how = {})
{
    std::vector<std::string> command{GUESS_ONCE, host, token};
    command.insert(command.end(), how.begin(), how.end());
    return support::instructions(command, outcome, "keeper::Proposals::propose*", "*::guess_once(*");
}

/// One of each kind: eight tokens, groups, networks, keys for the challenge, all of these, no host, static.
const std::vector<std::string> kinds = {"many-1000", "grou-1000", "only-1000", "from-1000", "acme-1000",
                                        "keys-1000", "allo-1000", "stat-1000", "none-1000"};

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

// instructions, most of them for the digests
constexpr std::uint64_t at_least = 45000;
constexpr std::uint64_t of_two = 2 * at_least; // a guess for one host has fewer

// "secret" is the token of all but hash-1000.
TEST(SameWork, IsDoneForEveryWrongTokenOfTheSameLength)
{
    const std::uint64_t first = work("host-1050", "xxxxxx");
    EXPECT_GT(first, at_least);
    EXPECT_LT(first, of_two);
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

TEST(SameWork, IsDoneForOneSecretOrEightWithGroupsNetworksAndKeys)
{
    const std::uint64_t first = work("host-1050", "guessed");
    for (const std::string& host : kinds) {
        EXPECT_EQ(work(host, "guessed"), first) << host;
    }
}

// The right token of a host, of a group, and one that is for something else.
TEST(SameWork, IsDoneForARightSecretThatIsNotAllowed)
{
    const std::uint64_t first = work("host-1050", "guessed");
    for (const auto& [host, token] : std::vector<std::pair<std::string, std::string>>{
             {"only-1000", "group-3"}, {"allo-1000", "group-3"}, {"many-1000", "group-1"}}) {
        EXPECT_EQ(work(host, token), first) << host;
    }
    const std::uint64_t of_six = work("host-1050", "guesse");
    EXPECT_EQ(work("from-1000", "secret"), of_six);
    EXPECT_EQ(work("allo-1000", "more-a"), of_six);
    const std::uint64_t of_five = work("host-1050", "guess");
    EXPECT_EQ(work("keys-1000", "key-1"), of_five);
    EXPECT_EQ(work("stat-1000", "key-s"), of_five);
    // these show that the secrets are right
    work("only-1000", "group-3", "accepted", {"addresses", "192.0.2.1"});
    work("allo-1000", "group-3", "accepted", {"addresses", "192.0.2.1"});
    work("from-1000", "secret", "accepted", {"addresses", "192.0.2.1"});
    work("allo-1000", "more-a", "accepted", {"addresses", "192.0.2.1"});
    work("from-1000", "secret", "accepted", {"addresses", "2001:db8::1"});
}

TEST(SameWork, IsDoneForAClientThatIsNotKnown)
{
    const std::vector<std::string> unknown{"addresses", "unknown"};
    const std::uint64_t first = work("host-1050", "guesse", "refused", unknown);
    for (const std::string host : {"from-1000", "allo-1000", "many-1000", "none-1000"}) {
        EXPECT_EQ(work(host, "guesse", "refused", unknown), first) << host;
    }
    EXPECT_EQ(work("from-1000", "secret", "refused", unknown), first);
}

TEST(SameWork, IsDoneForChallenges)
{
    for (const std::string purpose : {"challenge", "both"}) {
        const std::uint64_t first = work("host-1050", "guesse", "refused", {purpose});
        EXPECT_GT(first, at_least);
        for (const std::string& host : kinds) {
            EXPECT_EQ(work(host, "guesse", "refused", {purpose}), first) << purpose << ' ' << host;
        }
        EXPECT_EQ(work("allo-1000", "more-a", "refused", {purpose}), first) << "not from there";
    }
    const std::vector<std::string> challenge{"challenge"};
    EXPECT_EQ(work("host-1050", "secret", "refused", challenge),
              work("host-1050", "guesse", "refused", challenge))
        << "no acme=yes";
    work("acme-1000", "secret", "accepted", {"challenge"});
    work("keys-1000", "key-4", "accepted", {"challenge"});
    work("stat-1000", "key-s", "accepted", {"challenge"});
}

TEST(SameWork, IsDoneForAccountsThatExistOrNot)
{
    const std::uint64_t first = work("host-1050", "guess", "refused", {"account"});
    EXPECT_GT(first, at_least);
    for (const std::string& host : kinds) {
        EXPECT_EQ(work(host, "guess", "refused", {"account"}), first) << host;
    }
    EXPECT_EQ(work("allo-1000", "key-a", "refused", {"account"}), first) << "not from there";
    EXPECT_EQ(work("keys-1000", "key-5", "refused", {"account"}), first);
    work("keys-1000", "key-4", "accepted", {"account"});
    work("stat-1000", "key-s", "accepted", {"account"});
}

// The page for people. It differs from an update by what follows the check of the token.
TEST(SameWork, IsDoneForLooks)
{
    const std::vector<std::string> look{"look"};
    const std::uint64_t first = work("host-1050", "guesse", "refused", look);
    EXPECT_GT(first, at_least);
    for (const std::string& host : kinds) {
        EXPECT_EQ(work(host, "guesse", "refused", look), first) << host;
    }
    EXPECT_EQ(work("from-1000", "secret", "refused", look), first) << "not from there";
    EXPECT_EQ(work("stat-1000", "key-s", "refused", look), work("host-1050", "guess", "refused", look))
        << "a key for challenges";
    EXPECT_NEAR(static_cast<double>(work("host-1050", "guesse")), static_cast<double>(first), 1500);
    work("host-1050", "secret", "accepted", look);
    work("from-1000", "secret", "accepted", {"look", "192.0.2.1"});
}

TEST(SameWork, IsDoneForTwentyHosts)
{
    std::string plain;
    std::string other;
    for (int i = 0; i < 20; ++i) {
        const std::string number = std::to_string(1000 + i);
        plain += (i == 0 ? "host-" : ",host-") + number;
        other += i == 0 ? "" : ",";
        other += i < static_cast<int>(kinds.size()) ? kinds[static_cast<std::size_t>(i)] : "gone-" + number;
    }
    const std::uint64_t first = work(plain, "guessed");
    EXPECT_GT(first, 20 * at_least);
    EXPECT_EQ(work(other, "guessed"), first);
    EXPECT_EQ(work(other, "group-3"), first);
}

// This shows that instructions are counted, and that a difference would be seen.
TEST(SameWork, IsNotDoneForTheRightTokenOrAnotherLength)
{
    const std::uint64_t first = work("host-1050", "guesse");
    EXPECT_NE(work("host-1050", "secret", "accepted"), first);
    EXPECT_NE(work("host-1050", std::string(150, 'x')), first);
}

} // namespace
