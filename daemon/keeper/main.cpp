// nanodnsd-keeper: decides every update, stores it, and feeds the zone to those who answer queries.
//
// Faces: nobody. It reads no byte from outside that was not first a typed message.
// Holds: a digest of every host's token; the state, as two descriptors without paths.
// Talks to: the updater, which proposes (proto/ipc/update.h); the responders, which it feeds and who say
// nothing (proto/ipc/zone_feed.h); the supervisor (proto/ipc/control.h).
// May call: daemon/keeper/syscalls.h.
//
// Started with the name of a state, by nanodnsd -n alone and for whoever runs that, it says what is in it.
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

/// Its channels and those that take their place, the files, a few of libc's.
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
    keeper::Keeper keeper{loop, inherited}; // recovers the state; after this nothing can be read from it
    inherited.sandbox.enter();

    keeper.serve(layers); // the first proposal is read here, and not before
    return EXIT_SUCCESS;
}
