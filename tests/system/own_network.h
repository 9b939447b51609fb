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

/// Runs `work` in a new network namespace, in which these addresses belong to this machine.
template <typename Work>
void in_own_network(const std::vector<std::string>& addresses, Work work)
{
    std::thread thread{[&] { // unshare(2) is for one thread; processes that it starts inherit the namespace
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
        ASSERT_EQ(support::run({"ip", "link", "set", "lo", "up"}).status, 0);
        for (const std::string& address : addresses) {
            ASSERT_EQ(support::run({"ip", "address", "add", address, "dev", "lo"}).status, 0) << address;
        }
        work();
    }};
    thread.join();
}

} // namespace hostile
