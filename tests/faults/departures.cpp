// Power cuts while hosts leave the config or come back, and at the first start after a boot.
#include <gtest/gtest.h>

#include "tests/faults/model.h"

namespace
{

using faults::Machine;
using faults::Model;
using keeper::set4;

std::pair<keeper::StateFile*, keeper::StateFile*> the_files(Machine& machine)
{
    return {&machine.first, &machine.second};
}

/// Hosts leave the config and come back, with reboots.
void run_departures(Model& model)
{
    model.start(1, keeper::start_time);
    model.update({set4("a", 1), set4("host-1", 2)});
    model.leave_out({"host-1"});
    model.start(1, keeper::start_time);
    model.update({set4("a", 3)});
    model.reboot();
    model.start(2, 0);
    model.leave_out({});
    model.start(2, 0);
    model.update({set4("host-1", 4)});
    model.leave_out({"a", "host-1"});
    model.reboot();
    model.start(2, keeper::start_time + 100);
    for (int i = 0; i < 6; ++i) {
        model.update({set4("host-0", static_cast<std::uint8_t>(i))});
    }
    model.leave_out({});
    model.start(1, keeper::start_time + 200);
}

TEST(PowerLossAtAStart, LosesNothingOfHostsThatLeaveAndOfBoots)
{
    Model model{the_files};
    model.go_on_too();
    model.die_too();
    model.check_every(3);
    run_departures(model);
    EXPECT_EQ(model.violation(), "");
    EXPECT_GE(model.generations(), 2U);
    EXPECT_GT(model.deaths(), 10U);
    RecordProperty("images", static_cast<int>(model.images()));
}

// a start with more changes than fit into one commit writes a new generation
TEST(PowerLossAtAStart, LosesNothingIfManyHostsLeaveAtOnce)
{
    Model model{the_files};
    model.go_on_too();
    model.check_every(7);
    model.start(1, keeper::start_time);
    std::vector<std::string> hosts;
    for (int i = 0; i < 105; ++i) {
        hosts.push_back("host-" + std::to_string(i));
    }
    for (int i = 0; i < 105; i += 35) {
        std::vector<ipc::Propose> batch;
        for (int host = i; host < i + 35; ++host) {
            batch.push_back(set4("host-" + std::to_string(host), 7));
        }
        model.update(batch);
    }
    model.leave_out(hosts);
    model.start(1, keeper::start_time);
    model.leave_out({});
    model.start(1, keeper::start_time);
    EXPECT_EQ(model.violation(), "");
    EXPECT_GE(model.generations(), 3U);
    RecordProperty("images", static_cast<int>(model.images()));
}

} // namespace
