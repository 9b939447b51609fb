// The phases of the daemon, and the legal steps between them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace supervisor
{

enum class Phase : std::uint8_t {
    starting,   ///< not all children have been ready yet
    serving,    ///< all have been ready; one that dies is restarted
    relieving,  ///< reload: the old children that are replaced in turn finish; the overlapping new ones start
    succeeding, ///< reload: the old ones have exited; the new children start, but for the last ones
    completing, ///< reload: all others serve, and the old ones answer nothing more; the last ones start
    retiring,   ///< reload: the new children serve, and the old ones that overlapped finish
    stopping,   ///< told to stop: children finish, one stop_order after the other
    failing,    ///< a child cannot be started or locked down: all are killed
    stopped,
    failed,
};

struct Step {
    Phase from;
    Phase to;
};

inline constexpr auto steps = std::to_array<Step>({
    {Phase::starting, Phase::serving},     {Phase::serving, Phase::relieving},
    {Phase::relieving, Phase::succeeding}, {Phase::succeeding, Phase::completing},
    {Phase::completing, Phase::retiring},  {Phase::retiring, Phase::serving},
    {Phase::starting, Phase::stopping},    {Phase::serving, Phase::stopping},
    {Phase::relieving, Phase::stopping},   {Phase::succeeding, Phase::stopping},
    {Phase::completing, Phase::stopping},  {Phase::retiring, Phase::stopping},
    {Phase::starting, Phase::failing},     {Phase::serving, Phase::failing},
    {Phase::relieving, Phase::failing},    {Phase::succeeding, Phase::failing},
    {Phase::completing, Phase::failing},   {Phase::retiring, Phase::failing},
    {Phase::stopping, Phase::stopped},     {Phase::failing, Phase::failed},
});

constexpr bool is_legal(Phase from, Phase to) noexcept
{
    return std::ranges::any_of(steps, [&](const Step& step) { return step.from == from && step.to == to; });
}

/// Whether the daemon stops or has stopped.
constexpr bool is_leaving(Phase phase) noexcept
{
    return phase >= Phase::stopping;
}

constexpr bool is_over(Phase phase) noexcept
{
    return phase >= Phase::stopped;
}

} // namespace supervisor
