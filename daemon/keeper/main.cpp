// nanodnsd-keeper: decides every update, stores it, and feeds the zone to the responders.
//
// Faces: no network. It reads only typed messages of other processes.
// Holds: a digest of every host's secrets; the two state files, as descriptors. It cannot open a file.
// Talks to: the updater, which proposes updates (proto/ipc/update.h); the responders, to which it only writes
//   (proto/ipc/zone_feed.h); the console, which asks for hosts and sets addresses (proto/ipc/console.h); the
//   supervisor (proto/ipc/control.h).
// May call: daemon/keeper/syscalls.h.
//
// nanodnsd -n -s STATE starts it under another name: it then reports what the state contains. It has the same
// sandbox, but the filter of the reader, since it reads after it is locked down and writes only text.
#include <cstdlib>
#include <new>
#include <string_view>

#include "daemon/keeper/keeper.h"
#include "daemon/keeper/state_report.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"

namespace
{

constexpr const char* process = "nanodnsd-keeper";

constexpr const char* reporter = "nanodnsd-state"; ///< daemon/start/state_check.cpp

int report()
{
    privsep::log_as("nanodnsd", false, 0);
    auto inherited = privsep::inherit();
    privsep::lock_down(reporter, inherited, privsep::Root::becomes_nobody);
    privsep::limit_descriptors(16);
    keeper::StateReport state{inherited};
    inherited.sandbox.enter();

    return state.print() ? EXIT_SUCCESS : EXIT_FAILURE; // the first byte of the state is read here
}

/// Its channels, the new ones that may replace them, the files, and a few for libc.
unsigned max_descriptors(const privsep::Inherited& inherited)
{
    return 32 + 2 * static_cast<unsigned>(inherited.descriptors.size());
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    if (argc > 0 && std::string_view{argv[0]} == reporter) {
        return report();
    }
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    privsep::limit_descriptors(max_descriptors(inherited));
    privsep::EventLoop loop;
    keeper::Keeper keeper{loop, inherited}; // recovers the state; the filter does not allow to read it later
    inherited.sandbox.enter();

    keeper.serve(layers); // the first proposal is read here, and not before
    return EXIT_SUCCESS;
}
