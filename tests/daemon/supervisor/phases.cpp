#include "daemon/supervisor/phases.h"

#include <gtest/gtest.h>
#include <set>

using supervisor::is_leaving;
using supervisor::is_legal;
using supervisor::is_over;
using supervisor::Phase;

namespace
{

constexpr auto all_phases =
    std::to_array({Phase::starting, Phase::serving, Phase::relieving, Phase::succeeding, Phase::completing,
                   Phase::retiring, Phase::stopping, Phase::failing, Phase::stopped, Phase::failed});

std::set<Phase> reachable_from(Phase start)
{
    std::set<Phase> found{start};
    for (std::size_t before = 0; before != found.size();) {
        before = found.size();
        for (const supervisor::Step& step : supervisor::steps) {
            if (found.contains(step.from)) {
                found.insert(step.to);
            }
        }
    }
    return found;
}

TEST(Phases, AreAllReachable)
{
    EXPECT_EQ(reachable_from(Phase::starting).size(), all_phases.size());
}

TEST(Phases, LeadOutOnlyOnceTheDaemonIsLeaving)
{
    for (const Phase phase : all_phases) {
        for (const Phase next : reachable_from(phase)) {
            EXPECT_TRUE(!is_leaving(phase) || is_leaving(next));
        }
        EXPECT_TRUE(is_leaving(phase) ||
                    (is_legal(phase, Phase::stopping) && is_legal(phase, Phase::failing)))
            << "a signal or an error may come in any phase";
    }
    EXPECT_EQ(reachable_from(Phase::stopping), (std::set{Phase::stopping, Phase::stopped}));
    EXPECT_EQ(reachable_from(Phase::failing), (std::set{Phase::failing, Phase::failed}));
    EXPECT_TRUE(is_over(Phase::stopped) && is_over(Phase::failed) && !is_over(Phase::failing));
}

TEST(Phases, OfAReloadComeInOneOrder)
{
    constexpr auto reload = std::to_array({Phase::serving, Phase::relieving, Phase::succeeding,
                                           Phase::completing, Phase::retiring, Phase::serving});
    for (std::size_t i = 0; i + 1 < reload.size(); ++i) {
        for (const Phase next : all_phases) {
            EXPECT_EQ(is_legal(reload.at(i), next),
                      next == reload.at(i + 1) || next == Phase::stopping || next == Phase::failing);
        }
    }
}

} // namespace
