// nanodnsd-updater-tls: receives updates over HTTPS and lets the keeper decide them. It is the updater
// (daemon/updater) with TLS between the sockets and HTTP.
//
// Faces: anyone on the internet, over TLS.
// Holds: the certificate, the keys of its session tickets. The private key is in the keyholder, which signs
// the
//   handshakes. The tokens of clients pass through it: an attacker who takes it over learns only the tokens
//   that arrive afterwards.
// Talks to: the keeper, to which it forwards each update together with the client's token
//   (proto/ipc/update.h); the keyholder (proto/ipc/handshake.h); the supervisor (proto/ipc/control.h).
// May call: daemon/updater/syscalls.h.
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "daemon/updater/updater.h"
#include "daemon/updater_tls/allocations.h"
#include "daemon/updater_tls/context.h"
#include "daemon/updater_tls/keyholder_link.h"
#include "daemon/updater_tls/provider.h"
#include "daemon/updater_tls/tls_layer.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "privsep/mapping.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace
{

constexpr const char* process = "nanodnsd-updater-tls";
constexpr unsigned own_descriptors =
    16; // the log, the loop, three channels, two more while they are attached
constexpr std::size_t after_sockets = 3; ///< the certificate, the channels to the keeper and the keyholder

ipc::UpdaterSetup read_setup(privsep::Inherited& inherited)
{
    std::optional<ipc::UpdaterSetup> setup;
    const auto take = [&](const ipc::UpdaterSetup& part) { setup = part; };
    const bool sound = ipc::read_setup<ipc::UpdaterPart>(inherited.setup.bytes(), take);
    inherited.setup = {};
    if (!sound || !setup || setup->connections == 0 ||
        inherited.descriptors.size() != setup->http_sockets + after_sockets) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    return *setup;
}

privsep::UniqueFd take_last(privsep::Inherited& inherited)
{
    privsep::UniqueFd last = std::move(inherited.descriptors.back());
    inherited.descriptors.pop_back();
    return last;
}

/// What the server offers; from now on OpenSSL allocates little at once. If the certificate cannot be used,
/// tells the supervisor why and ends the process.
updater_tls::Context take_context(privsep::Inherited& inherited, const std::string& path)
{
    std::string why;
    const privsep::Mapping chain{take_last(inherited).get()};
    auto context = updater_tls::make_context(chain.bytes(), why);
    updater_tls::limit_allocations(chain.bytes().size());
    if (!context) {
        why = base::filled("{}: {}", {path, why});
        inherited.control.send(ipc::Unusable{why.substr(0, ipc::Unusable::longest_reason)});
        std::exit(EXIT_SUCCESS);
    }
    return context;
}

} // namespace

// Nothing throws without exceptions; clang-tidy takes OpenSSL's inline functions for ones that might.
int main() // NOLINT(bugprone-exception-escape)
{
    std::set_new_handler(privsep::out_of_memory);
    privsep::log_as(process, false, 0); // until the setup says more
    auto inherited = privsep::inherit();
    const auto layers = privsep::lock_down(process, inherited);
    const auto setup = read_setup(inherited);
    privsep::log_as(process, setup.log.journal, setup.log.verbosity);
    updater_tls::KeyholderLink keyholder{
        updater_tls::KeyholderLink::Channel{privsep::Channel{take_last(inherited)}}};
    updater::Updater::Ends ends;
    ends.keeper = updater::KeeperLink::Channel{privsep::Channel{take_last(inherited)}};
    // no configuration of the system's OpenSSL, and no work at the end
    updater_tls::watch_allocations();
    constexpr std::uint64_t quiet = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
    privsep::require(::OPENSSL_init_ssl(quiet, nullptr) == 1, "OPENSSL_init_ssl");
    updater_tls::load_providers(keyholder);
    const auto context = take_context(inherited, setup.certificate_path);
    ends.supervisor = std::move(inherited.control);
    ends.listeners = std::move(inherited.descriptors);
    ends.counters = inherited.counters;
    if (inherited.counters != nullptr) {
        privsep::store(inherited.counters[common::certificate_slot], updater_tls::expiry_of(context));
    }
    privsep::EventLoop loop;
    privsep::limit_descriptors(setup.connections + setup.http_sockets + own_descriptors);
    updater_tls::TlsLayer layer{context.get(), keyholder};
    updater::Updater updater{loop, std::move(ends), setup, common::uptime, &layer};
    inherited.sandbox.enter();

    updater.announce(layers);
    while (updater.state() < updater::Updater::State::done) { // the first byte from outside is read here
        updater.turn();
    }
    return updater.state() == updater::Updater::State::done ? EXIT_SUCCESS : EXIT_FAILURE;
}
