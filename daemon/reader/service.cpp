#include "daemon/reader/service.h"

#include "daemon/reader/config_file.h"
#include "daemon/reader/endpoints.h"
#include "daemon/reader/file.h"
#include "daemon/reader/idle_keys.h"
#include "daemon/reader/setups.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/config/options.h"

namespace reader
{

namespace
{

constexpr std::size_t longest_predecessor = std::size_t{16} << 20;

static_assert(config::max_workers == ipc::max_workers);
static_assert(config::max_path_bytes == ipc::max_path_bytes);
static_assert(config::max_listen_addresses * ipc::services.size() == ipc::max_endpoints);

} // namespace

void Service::serve(std::uint32_t layers)
{
    say(ipc::Ready{layers});
    privsep::UniqueFd file;
    if (hear<ipc::ReadConfig>(file)) {
        read(file);
    }
}

void Service::read(const privsep::UniqueFd& file)
{
    config::Parsed parsed = read_config(file, setup_.path);
    if (!parsed.errors.empty()) {
        say_errors(parsed.errors);
        return;
    }
    if (!setup_.is_check) {
        warn_of_idle_keys(parsed, setup_);
    }
    if (!setup_.is_reload && !setup_.is_check) { // a reload may still be refused
        log_warnings(parsed.warnings, setup_.path);
    }
    say_summary(parsed.config);
    privsep::UniqueFd predecessor;
    if (const auto wanted = hear<ipc::MakeSetups>(predecessor)) {
        if (setup_.is_reload) {
            log_warnings(parsed.warnings, setup_.path);
        }
        make_setups(parsed.config, *wanted, predecessor);
    }
}

/// nullopt if the supervisor is gone, or has refused what the config wants.
template <typename Request>
std::optional<Request> Service::hear(privsep::UniqueFd& passed)
{
    std::optional<ipc::SupervisorToReader> request;
    if (supervisor_.hear(request, passed) != privsep::Transfer::done) {
        return std::nullopt;
    }
    const auto* expected = std::get_if<Request>(&*request);
    if (expected == nullptr) {
        privsep::fail("the supervisor sent a request out of order");
    }
    return *expected;
}

void Service::say(const ipc::ReaderToSupervisor& message, int passed)
{
    privsep::require(supervisor_.say(message, passed) == privsep::Transfer::done,
                     "sending a message to the supervisor");
}

void Service::say_errors(const std::vector<config::Error>& errors)
{
    if (setup_.is_reload) {
        refuse_reload(errors, setup_.path);
    } else {
        refuse_start(errors, setup_.path, setup_.log.journal);
    }
    say(ipc::ConfigHasErrors{
        config::to_text(errors.front(), setup_.path).substr(0, ipc::ConfigHasErrors::longest_text)});
}

void Service::say_summary(const config::Config& config)
{
    std::uint8_t wanted = 0;
    for (const ipc::Service service : ipc::services) {
        for (const ipc::Endpoint& endpoint : endpoints(config, service)) {
            wanted |= ipc::bit(service);
            say(endpoint);
        }
    }
    if (setup_.sockets_are_passed) { // the console's are served if they are passed, unless they are off
        wanted |= ipc::bit(ipc::Service::metrics);
        if (!config.control.is_off) {
            wanted |= ipc::bit(ipc::Service::control);
        }
    }
    const config::Server& server = config.server;
    const config::FilePath& certificate = config.https.certificate;
    const config::FilePath& key = config.https.key;
    say(ipc::ConfigSummary{server.domain,
                           server.user,
                           server.group,
                           static_cast<std::uint32_t>(config.hosts.size()),
                           server.workers,
                           config.http.timeout,
                           config.tcp.timeout,
                           config.https.timeout,
                           wanted,
                           {certificate.path, key.path},
                           {certificate.at.line, key.at.line},
                           {certificate.at.column, key.at.column},
                           config.control.path,
                           config.control.group});
}

/// Each setup is sent as soon as it is made: its child can start while the next setup is made. Hashing the
/// tokens for the keeper takes longest.
void Service::make_setups(const config::Config& config, const ipc::MakeSetups& wanted,
                          const privsep::UniqueFd& predecessor)
{
    const std::vector<config::SavedHost> imported = import(predecessor, config.server.domain);
    SetupMaker maker{config, wanted, setup_, imported};
    for (const ipc::WantedSetup& child : wanted.children) {
        say(ipc::SetupMade{child.role, child.index}, maker.make(child).get());
    }
}

std::vector<config::SavedHost> Service::import(const privsep::UniqueFd& predecessor, const dns::Name& domain)
{
    if (!predecessor) {
        return {};
    }
    const FileContent file = read_file(predecessor.get(), setup_.state_path, longest_predecessor);
    if (!file.error.empty()) {
        privsep::fail("{}", {file.error});
    }
    config::SavedState saved = config::parse_predecessor_state(file.text, domain);
    if (!saved.errors.empty()) {
        privsep::fail(
            "cannot import the predecessor's state: {}: correct it, or move it away to start without it",
            {config::to_text(saved.errors.front(), setup_.state_path)});
    }
    if (!setup_.is_check) {
        privsep::log(privsep::Level::notice, "importing {} hosts from {}, which is not changed",
                     {saved.hosts.size(), setup_.state_path});
    }
    return std::move(saved.hosts);
}

} // namespace reader
