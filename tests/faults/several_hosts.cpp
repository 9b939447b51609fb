// All of a proposal or nothing: several hosts with prefixes and challenges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/model.h"

namespace
{

using faults::Machine;
using faults::Model;

/// For a, b and c, an address, a prefix and a value of the challenge.
ipc::Propose whole(std::uint8_t number)
{
    ipc::Propose proposal = keeper::set4("a", number);
    proposal.hosts = {keeper::name_of("a"), keeper::name_of("b"), keeper::name_of("c")};
    proposal.prefix = {ipc::Change::set, {{{0x20, 1, 0x0D, 0xB8, number}}, 64}};
    proposal.txt = ipc::TxtChange::set;
    proposal.value = keeper::value_of(static_cast<char>('a' + number % 26));
    return proposal;
}

TEST(PowerLossOfSeveralHosts, LeavesAllOfAProposalOrNothing)
{
    Model model{[](Machine& machine) {
        return std::pair<keeper::StateFile*, keeper::StateFile*>{&machine.first, &machine.second};
    }};
    model.die_too();
    model.check_every(7);
    std::int64_t wall = keeper::start_time;
    for (std::uint8_t round = 0; round < 3; ++round) {
        model.start(static_cast<std::uint8_t>(1 + round % 2), wall);
        model.update({whole(round)});
        model.pass(61); // c expires, but for its challenge
        model.expire();
        ipc::Propose refused = whole(99);
        refused.hosts.push_back(keeper::name_of("unknown"));
        model.update({refused, whole(static_cast<std::uint8_t>(10 + round)),
                      keeper::set_txt("b", 'z', ipc::TxtChange::clear)});
        model.pass(3600); // all expire
        model.expire();
        wall += 3661;
    }
    EXPECT_EQ(model.violation(), "");
    EXPECT_GT(model.deaths(), 10U);
}

} // namespace
