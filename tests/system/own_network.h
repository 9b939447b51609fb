// Clients of several networks that are not loopback's.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/process.h"

namespace hostile
{

/// Moves this thread, and the processes that it starts from now on, to a new network namespace.
inline bool enter_own_network()
{
    return ::unshare(CLONE_NEWNET) == 0 && support::run({"ip", "link", "set", "lo", "up"}).status == 0;
}

/// Runs `work` in a new network namespace, in which these addresses belong to this machine.
template <typename Work>
void in_own_network(const std::vector<std::string>& addresses, Work work)
{
    std::thread thread{[&] {
        ASSERT_TRUE(enter_own_network());
        for (const std::string& address : addresses) {
            ASSERT_EQ(support::run({"ip", "address", "add", address, "dev", "lo"}).status, 0) << address;
        }
        work();
    }};
    thread.join();
}

} // namespace hostile
