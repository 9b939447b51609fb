// Lost UDP queries: none at a reload, few if a responder is killed.
#include <csignal>
#include <cstdio>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"
#include "tests/system/steady_client.h"

namespace
{

using support::Daemon;
using support::SteadyClient;

support::DaemonStart without_rate_limit()
{
    support::DaemonStart start;
    start.config = support::server_config("rate_limit = 0\n") + support::sample_hosts();
    return start;
}

void print(const char* what, const SteadyClient& client, std::size_t missing)
{
    std::printf("%s: %u answered, %zu unanswered, longest gap %.1f ms\n", what, client.answered(), missing,
                client.longest_gap_ms());
}

TEST(Continuity, AReloadLeavesNoQueryUnanswered)
{
    Daemon daemon{without_rate_limit()};
    SteadyClient client{daemon.udp()};
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(daemon.reload());
        const std::uint32_t before = client.answered();
        ASSERT_TRUE(support::eventually([&] { return client.answered() > before + 20; }));
    }
    const std::size_t missing = client.stop();
    print("10 reloads", client, missing);
    EXPECT_EQ(missing, 0U) << daemon.process().output();
}

// Only the batch that the process had read from the socket and not answered can be lost.
TEST(Continuity, AKilledResponderLosesAtMostOneBatch)
{
    constexpr std::size_t kills = 5;
    constexpr std::size_t batch = 32;
    Daemon daemon{without_rate_limit()};
    SteadyClient client{daemon.udp()};
    for (std::size_t i = 0; i < kills; ++i) {
        daemon.replace("responder", SIGKILL);
        const std::uint32_t before = client.answered();
        ASSERT_TRUE(support::eventually([&] { return client.answered() > before + 20; }));
    }
    const std::size_t missing = client.stop();
    print("5 killed responders", client, missing);
    EXPECT_LE(missing, kills * batch) << daemon.process().output();
}

} // namespace
