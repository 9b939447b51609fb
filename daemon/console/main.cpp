// nanodnsd-console: answers nanodnsctl, and serves the metrics.
//
// Faces: local administrators, by the control socket, and a monitoring system, over HTTP.
// Holds: no secret: what the config says of the names and addresses of hosts. No message that it gets or
// sends
//   has a token.
// Talks to: the keeper, of which it asks what is known of hosts, and to which it forwards an administrator's
//   changes (proto/ipc/console.h); the supervisor (proto/ipc/control.h, proto/ipc/supervision.h).
// May call: daemon/console/syscalls.h.
#include <cstdlib>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

#include "daemon/console/console.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"

namespace
{

constexpr const char* process = "nanodnsd-console";
constexpr unsigned own_descriptors = 24; // the log, the loop, channels; clients that are told to come again

console::ConfiguredHosts read_setup(privsep::Inherited& inherited)
{
    auto hosts = console::ConfiguredHosts::read(std::move(inherited.setup));
    if (!hosts || inherited.descriptors.size() <
                      hosts->head().control_sockets + hosts->head().metrics_sockets + std::size_t{1}) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    return std::move(*hosts);
}

console::Console::Ends take_ends(privsep::Inherited& inherited, const ipc::ConsoleSetup& setup)
{
    console::Console::Ends ends;
    ends.supervisor = console::Supervision::Channel{inherited.control.release()};
    const auto first = std::make_move_iterator(inherited.descriptors.begin());
    ends.control.assign(first, first + setup.control_sockets);
    ends.metrics.assign(first + setup.control_sockets, first + setup.control_sockets + setup.metrics_sockets);
    const auto channel = first + setup.control_sockets + setup.metrics_sockets;
    ends.keeper = console::KeeperLink::Channel{*channel};
    ends.pages.assign(channel + 1, std::make_move_iterator(inherited.descriptors.end()));
    inherited.descriptors.clear();
    return ends;
}

} // namespace

int main()
{
    std::set_new_handler(privsep::out_of_memory);
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    auto hosts = read_setup(inherited);
    const ipc::ConsoleSetup& setup = hosts.head();
    privsep::log_as(process, setup.log.journal, setup.log.verbosity);
    const unsigned max_descriptors =
        static_cast<unsigned>(console::max_clients + console::MetricsServer::max_connections +
                              setup.control_sockets + setup.metrics_sockets + own_descriptors);
    privsep::EventLoop loop;
    auto ends = take_ends(inherited, setup);
    console::Console console{loop, std::move(ends), std::move(hosts)};
    privsep::limit_descriptors(max_descriptors); // the pages are mapped and closed
    inherited.sandbox.enter();

    console.announce(layers);
    while (console.state() == console::Console::State::serving) { // the first byte from outside is read here
        console.turn();
    }
    return console.state() == console::Console::State::done ? EXIT_SUCCESS : EXIT_FAILURE;
}
