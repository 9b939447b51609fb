// What a query may cost: user instructions over the responder's own parts, from the socket to the socket,
// with rate limiting on. A budget is a little above what it is; who needs more says what for.
#include <gtest/gtest.h>
#include <iostream>
#include <string>

#include "tests/support/callgrind.h"

namespace
{

// What g++ 12 makes of it. g++ 14 puts less of a query into one function, and calls take instructions.
constexpr double of_this_compiler = __GNUC__ > 12 ? 1.07 : 1;
constexpr unsigned few_hosts = 100;
constexpr unsigned batches = 20;
constexpr unsigned queries = 32 * batches;

std::uint64_t work(const std::string& kind, unsigned count, bool is_answered)
{
    return support::instructions({ANSWER_SOME, kind, std::to_string(count), std::to_string(few_hosts)},
                                 std::to_string(is_answered ? count : 0) + " replies");
}

/// What N queries cost and what twice as many do differ by N queries: the start is in both.
double instructions_a_query(const std::string& kind, bool is_answered = true)
{
    const std::uint64_t once = work(kind, queries, is_answered);
    const std::uint64_t twice = work(kind, 2 * queries, is_answered);
    const double each = static_cast<double>(twice - once) / queries;
    std::cout << kind << ": " << each << " instructions a query\n";
    return each;
}

// Nine of ten are there, all with EDNS.
TEST(Instructions, OfAQueryAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("mix"), 1350 * of_this_compiler);
}

// A good cookie spares the rate limiter and costs a hash of its own.
TEST(Instructions, OfAQueryWithAGoodCookieAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("cookie"), 1500 * of_this_compiler);
}

// As many options as fit are no more work than a query, nor than a good cookie.
TEST(Instructions, OfAQueryFullOfOptionsAreWithinItsBudget)
{
    EXPECT_LT(instructions_a_query("options"), 1500 * of_this_compiler);
}

// Each label is a step of the one walk through the name.
TEST(Instructions, OfAQueryForANameOfManyLabelsAreThoseOfOneWalk)
{
    EXPECT_LT(instructions_a_query("labels"), 2500 * of_this_compiler);
}

// As many labels of owners as are read are no more work than a good query.
TEST(Instructions, OfAQueryWithOwnersOfManyLabelsAreNoMore)
{
    EXPECT_LT(instructions_a_query("owners"), 1200 * of_this_compiler);
}

// Who wants to make us work hard sends what is no query, and is to have nothing of it.
TEST(Instructions, OfWhatIsNoQueryAreNoMore)
{
    EXPECT_LT(instructions_a_query("short", false), 1000 * of_this_compiler);
    for (const char* kind : {"cut_off", "noise", "questions", "answers", "additionals"}) {
        EXPECT_LT(instructions_a_query(kind), 1000 * of_this_compiler) << kind;
    }
}

} // namespace
