// nanodnsd-responder: answers DNS queries from its own copy of the zone.
//
// Faces: anyone on the internet, over UDP and TCP.
// Holds: the secrets of the DNS cookies, and a random key for the table of rate limits. It has no token, no
// file
//   and no way to change the zone.
// Talks to: the keeper, which feeds it the zone (proto/ipc/zone_feed.h) and never reads from it; the
// supervisor
//   (proto/ipc/control.h).
// May call: daemon/responder/syscalls.h.
#include <cstdlib>
#include <new>
#include <string_view>

#include "daemon/responder/responder.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"

namespace
{

constexpr const char* process = "nanodnsd-responder";

} // namespace

int main()
{
    std::set_new_handler(privsep::out_of_memory);
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    privsep::EventLoop loop;
    responder::Responder responder{loop, inherited}; // allocates all the memory that it will need
    privsep::limit_descriptors(responder.max_descriptors());
    inherited.sandbox.enter();

    const std::string_view reason = responder.serve(layers); // the first byte from outside is read here
    if (!reason.empty()) {
        privsep::fail("{}", {reason});
    }
    return EXIT_SUCCESS;
}
