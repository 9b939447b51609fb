// nanodnsd-keeper: decides every update, stores it, and feeds the zone to the responders.
//
// Faces: no network. It reads only typed messages of other processes.
// Holds: a digest of every host's token; the two state files, as descriptors. It cannot open a file.
// Talks to: the updater, which proposes updates (proto/ipc/update.h); the responders, to which it only writes
//   (proto/ipc/zone_feed.h); the supervisor (proto/ipc/control.h).
// May call: daemon/keeper/syscalls.h.
//
// nanodnsd -n -s STATE starts it with the path of a state, with the rights of the user who runs that: it then
// reports what the state contains.
#include <cstdlib>
#include <new>

#include "daemon/keeper/keeper.h"
#include "daemon/keeper/state_report.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"

namespace
{

constexpr const char* process = "nanodnsd-keeper";

/// Its channels, the new ones that may replace them, the files, and a few for libc.
unsigned max_descriptors(const privsep::Inherited& inherited)
{
    return 32 + 2 * static_cast<unsigned>(inherited.descriptors.size());
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    if (argc > 1) {
        privsep::log_as("nanodnsd", false, 0);
        return keeper::report_state(argv[1]) ? EXIT_SUCCESS : EXIT_FAILURE;
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
