// nanodnsd-updater: receives updates over HTTP and lets the keeper decide them.
//
// Faces: anyone on the internet, over HTTP.
// Holds: no secret of the server. The tokens of clients pass through it: an attacker who takes it over learns
//   only the tokens that arrive afterwards.
// Talks to: the keeper, to which it forwards each update together with the client's token
//   (proto/ipc/update.h); the supervisor (proto/ipc/control.h).
// May call: daemon/updater/syscalls.h.
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>

#include "daemon/updater/updater.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/secret.h"

namespace
{

constexpr const char* process = "nanodnsd-updater";
constexpr unsigned own_descriptors = 16; // the log, the loop, two channels, a third while it is attached

ipc::UpdaterSetup read_setup(privsep::Inherited& inherited)
{
    std::optional<ipc::UpdaterSetup> setup;
    const auto take = [&](const ipc::UpdaterSetup& part) { setup = part; };
    const bool sound = ipc::read_setup<ipc::UpdaterPart>(inherited.setup.bytes(), take);
    inherited.setup = {};
    if (!sound || !setup || setup->connections == 0 ||
        inherited.descriptors.size() != setup->http_sockets + std::size_t{1}) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    return *setup;
}

updater::Updater::Ends take_ends(privsep::Inherited& inherited)
{
    updater::Updater::Ends ends;
    ends.supervisor = std::move(inherited.control);
    ends.keeper = updater::KeeperLink::Channel{privsep::Channel{std::move(inherited.descriptors.back())}};
    inherited.descriptors.pop_back();
    ends.listeners = std::move(inherited.descriptors);
    ends.counters = inherited.counters;
    return ends;
}

} // namespace

int main()
{
    std::set_new_handler(privsep::out_of_memory);
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    const auto setup = read_setup(inherited);
    privsep::log_as(process, setup.log.journal, setup.log.verbosity);
    const unsigned max_descriptors = setup.connections + setup.http_sockets + own_descriptors;
    privsep::EventLoop loop;
    privsep::limit_descriptors(max_descriptors);
    updater::Updater updater{loop, take_ends(inherited), setup};
    inherited.sandbox.enter();

    updater.announce(layers);
    while (updater.state() < updater::Updater::State::done) { // the first byte from outside is read here
        updater.turn();
    }
    return updater.state() == updater::Updater::State::done ? EXIT_SUCCESS : EXIT_FAILURE;
}
