// Budgets of a query: user instructions in the responder's own code, from socket to socket, with rate
// limiting. Each budget is a little above the present value. A commit that raises one must give the reason.
#include <gtest/gtest.h>
#include <iostream>
#include <string>

#include "tests/support/callgrind.h"

namespace
{

// The budgets are for g++ 12. g++ 14 inlines less, and calls take instructions.
constexpr double of_this_compiler = __GNUC__ > 12 ? 1.07 : 1;
constexpr unsigned few_hosts = 100;
constexpr unsigned batches = 20;
constexpr unsigned queries = 32 * batches;

std::uint64_t work(const std::string& kind, unsigned count, bool is_answered)
{
    return support::instructions({ANSWER_SOME, kind, std::to_string(count), std::to_string(few_hosts)},
                                 std::to_string(is_answered ? count : 0) + " replies");
}

/// The difference between N queries and 2 N queries, divided by N: start and exit cancel out.
double instructions_a_query(const std::string& kind, bool is_answered = true)
{
    const std::uint64_t once = work(kind, queries, is_answered);
    const std::uint64_t twice = work(kind, 2 * queries, is_answered);
    const double each = static_cast<double>(twice - once) / queries;
    std::cout << kind << ": " << each << " instructions a query\n";
    return each;
}

// Nine of ten names exist; all queries have EDNS.
TEST(Instructions, OfAQueryAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("mix"), 1500 * of_this_compiler);
}

// A valid cookie costs a hash and saves the limits above a network.
TEST(Instructions, OfAQueryWithAGoodCookieAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("cookie"), 1730 * of_this_compiler);
}

// As many options as fit cost at most as much as a valid cookie.
TEST(Instructions, OfAQueryFullOfOptionsAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("options"), 1730 * of_this_compiler);
}

// The name is walked once, one step per label.
TEST(Instructions, OfAQueryForANameOfManyLabelsAreThoseOfOneWalk)
{
    EXPECT_LT(instructions_a_query("labels"), 2600 * of_this_compiler);
}

// As many labels of owners as are read cost at most as much as a good query.
TEST(Instructions, OfAQueryWithOwnersOfManyLabelsAreNoMore)
{
    EXPECT_LT(instructions_a_query("owners"), 1400 * of_this_compiler);
}

// An attacker gains nothing from malformed packets: they cost less than a good query.
TEST(Instructions, OfMalformedPacketsAreFewerThanOfAQuery)
{
    EXPECT_LT(instructions_a_query("short", false), 1000 * of_this_compiler);
    for (const char* kind : {"cut_off", "noise", "questions", "answers", "additionals"}) {
        EXPECT_LT(instructions_a_query(kind), 1000 * of_this_compiler) << kind;
    }
}

} // namespace
