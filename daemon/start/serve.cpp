#include "daemon/start/serve.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <span>
#include <string>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/common/file_access.h"
#include "daemon/start/boot.h"
#include "daemon/start/control_socket.h"
#include "daemon/start/counters.h"
#include "daemon/start/isolation.h"
#include "daemon/start/listen.h"
#include "daemon/start/programs.h"
#include "daemon/start/state_files.h"
#include "daemon/start/trial.h"
#include "daemon/supervisor/config_reader.h"
#include "daemon/supervisor/supervisor.h"
#include "daemon/supervisor/syscalls.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/filters.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "privsep/sandbox.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

/// Children must not inherit descriptors that were open at the start. spawn() closes them; if the kernel
/// lacks close_range(2), exec does.
void set_close_on_exec() noexcept
{
    constexpr int most = 1024;
    for (int fd = STDERR_FILENO + 1; fd < most; ++fd) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC); // fails if it is not open
    }
}

void leave_standard_input_and_output()
{
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(null.get(), STDOUT_FILENO);
}

/// This process holds the sockets of all workers. Children lower their own limit.
void allow_many_descriptors()
{
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
        descriptors.rlim_cur = descriptors.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &descriptors);
    }
}

UniqueFd take_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) {
        sigaddset(&signals, signal);
    }
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN); // NOLINT(performance-no-int-to-ptr): the macro's own cast
    UniqueFd fd{::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
    privsep::require(static_cast<bool>(fd), "signalfd");
    return fd;
}

constinit Notifier* starting = nullptr; ///< nullptr after the start, and in a trial

/// At exit: privsep::fail() ended the start and has logged the reason.
void wait_after_failure()
{
    if (Notifier* const notifier = std::exchange(starting, nullptr)) {
        wait_before_next_start(*notifier, "the log says why");
    }
}

/// Opens what does not depend on the config. add_to() adds the rest.
Resources open_resources(const Options& options, const Table& table, Programs&& programs,
                         bool sockets_are_passed)
{
    Resources resources;
    resources.table = table;
    resources.programs = std::move(programs);
    resources.notifier = connect_notifier();
    resources.state_path = options.state;
    resources.root = privsep::make_empty_root(folder_of(options.state));
    resources.config_path = options.config;
    const ipc::LogSetup log{logs_to_journal(), static_cast<std::uint8_t>(std::min(options.verbosity, 2U))};
    resources.reader = {.log = log,
                        .path = options.config,
                        .state_path = options.state,
                        .sockets_are_passed = sockets_are_passed,
                        .was_root = privsep::is_root(),
                        .start = point_of_start()};
    resources.identity = {::geteuid(), ::getegid()};
    return resources;
}

/// Adds what depends on the config.
void add_to(Resources& resources, Sockets&& sockets, StateFiles&& state)
{
    resources.state = std::move(state.file);
    resources.state_folder = std::move(state.folder);
    resources.sockets = std::move(sockets);
    resources.counters = make_counter_pages(resources.table, resources.sockets);
    print_free_ports(resources.sockets);
    if (!resources.root) {
        // again: the folder of the state may have been created meanwhile
        resources.root = privsep::make_empty_root(folder_of(resources.state_path));
    }
    if (!resources.root) {
        resources.sandbox.add_reason(
            privsep::SandboxLayer::empty_root,
            base::filled("cannot create a temporary directory: {}", {std::strerror(errno)}));
    }
    resources.signals = take_signals();
}

/// Without user=, the daemon runs as nobody if there is no user nanodnsd. Other daemons of that user can send
/// it signals.
void warn_of_nobody(const privsep::Identity& identity, const std::string& state)
{
    if (identity.is_nobody) {
        privsep::log(
            privsep::Level::warning,
            "there is no user nanodnsd: running as nobody, which other daemons use too. Add the user: "
            "useradd --system --no-create-home --shell /usr/sbin/nologin nanodnsd; give it the state: {}",
            {command_to_give(state, "nanodnsd:")});
    }
}

void warn_of_readers(const std::string& config, const privsep::Identity& identity)
{
    const std::string warning = common::warning_of_readers(config, "tokens", identity.uid, identity.gid);
    if (!warning.empty()) {
        privsep::log_text(privsep::Level::warning, warning);
    }
}

/// Tries as the file's owner too, since root may lack CAP_DAC_OVERRIDE. None, and the reason in `why`, on an
/// error.
UniqueFd open_as_owner(const std::string& path, const privsep::Identity& own, std::string& why)
{
    UniqueFd file = open_config(path);
    const int error = errno;
    struct stat about {
    };
    if (!file && error == EACCES && privsep::is_root() && ::stat(path.c_str(), &about) == 0) {
        const privsep::ActingAs owner{{about.st_uid, about.st_gid}};
        file = open_config(path);
    }
    if (!file) {
        why = common::why_unreadable(path, error, own.uid, own.gid);
    }
    return file;
}

/// `passed`: the sockets that a service manager passed; nullopt if none did.
Sockets take_sockets(const Wanted& wanted, const Trial* trial, gid_t own_group,
                     std::optional<std::vector<PassedSocket>>&& passed)
{
    if (trial != nullptr && !trial->has_network) {
        return {};
    }
    if (passed) {
        return adopt_sockets(std::move(*passed), wanted.summary, wanted.endpoints);
    }
    Sockets sockets = bind_sockets(wanted.endpoints, wanted.summary.workers);
    for (const Endpoint& endpoint : wanted.endpoints) {
        if (endpoint.service == Service::control) {
            sockets.take_back(bind_control_socket(endpoint, wanted.summary, own_group));
        }
    }
    return sockets;
}

/// A trial's config is duplicated, since its reload reads it again. None, and the reason in `why`, on an
/// error.
UniqueFd take_config(const Options& options, const Trial* trial, std::string& why)
{
    return trial != nullptr
               ? UniqueFd{::fcntl(trial->config.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)}
               : open_as_owner(options.config, {::geteuid(), ::getegid()}, why); // may be /dev/stdin
}

/// Before an exit with this status, whose reason is logged.
Exit waited(Exit status, const std::string& why, Notifier& notifier)
{
    wait_before_next_start(notifier, why);
    starting = nullptr;
    return status;
}

Exit exit_without_config(ConfigReader& reader, Notifier& notifier)
{
    reader.kill_and_reap();
    return reader.has_errors() ? waited(Exit::bad_config, reader.first_error(), notifier)
                               : waited(Exit::failure, "the reader of the configuration failed", notifier);
}

/// Opens what the config wants, then gives up the privileges for that. Returns the predecessor's state; may
/// be none. `reader`: killed before a wait.
UniqueFd open_as_configured(const Options& options, Resources& resources, const Wanted& wanted, Trial* trial,
                            std::optional<std::vector<PassedSocket>>&& passed, ConfigReader& reader)
{
    const ipc::ConfigSummary& config = wanted.summary;
    const auto identity =
        privsep::is_root() ? std::optional{privsep::find_identity(config.user, config.group)} : std::nullopt;
    resources.identity = identity.value_or(resources.identity);
    require_right_to_run(resources.programs, resources.identity);
    if (trial == nullptr) {
        warn_of_readers(options.config, resources.identity);
        warn_of_nobody(resources.identity, options.state);
    }
    StateFiles state = trial != nullptr
                           ? StateFiles{std::move(trial->state), {}, {}}
                           : open_state(options.state, owner_of_state(config.user, config.group, identity));
    UniqueFd predecessor = std::move(state.predecessor);
    const std::string why =
        copy_files(resources.files, config, options.config, open_as_owner, resources.identity);
    if (!why.empty()) {
        privsep::log_text(privsep::Level::error, why);
        reader.kill_and_reap(); // it has the tokens
        std::exit(static_cast<int>(waited(Exit::bad_config, why, resources.notifier)));
    }
    add_to(resources, take_sockets(wanted, trial, resources.identity.gid, std::move(passed)),
           std::move(state));
    drop_privileges(identity, resources, {&options.config, config.files.data(), &config.files[1]});
    return predecessor;
}

/// Until the daemon has stopped; then waits if a file that the config names cannot be used.
Exit run(Supervisor& daemon, Resources& resources, ConfigReader& reader, UniqueFd&& predecessor)
{
    const auto status = static_cast<Exit>(daemon.run(reader, std::move(predecessor)));
    const std::string unusable = daemon.why_unusable();
    if (!unusable.empty()) {
        wait_before_next_start(resources.notifier, unusable, resources.signals.get());
    }
    return status;
}

} // namespace

Exit serve(const Options& options, const Table& table, Trial* trial)
{
    privsep::log_as("nanodnsd", logs_to_journal(), options.verbosity);
    privsep::lose_lines_rather_than_wait();
    allow_many_descriptors();
    set_close_on_exec();
    privsep::require_right_to_change_user();
    auto passed = take_passed_sockets();
    std::vector<std::span<const privsep::Syscall>> lists{syscalls};
    std::ranges::transform(table.roles, std::back_inserter(lists), &Role::filter);
    lists.push_back(reader_filter);
    std::vector<UniqueFd> filters = privsep::make_filters(lists);
    privsep::Sandbox sandbox{filters[0].get()};
    Resources resources = open_resources(options, table, open_programs(table, std::span{filters}.subspan(1)),
                                         passed.has_value());
    starting = trial == nullptr ? &resources.notifier : nullptr;
    std::atexit(wait_after_failure);
    std::string why;
    UniqueFd config_file = take_config(options, trial, why);
    if (!config_file) {
        privsep::log_text(privsep::Level::error, why);
        return waited(Exit::failure, why, resources.notifier);
    }
    leave_standard_input_and_output();
    reap_reader_at_exit();
    ConfigReader reader{
        {resources.programs.reader, resources.root.get(), resources.reader, privsep::required_layers},
        resources.kernel_log};
    reader.send_config(std::move(config_file));
    const Wanted* const wanted = reader.read();
    if (wanted == nullptr) {
        return exit_without_config(reader, resources.notifier);
    }
    UniqueFd predecessor = open_as_configured(options, resources, *wanted, trial, std::move(passed), reader);
    starting = nullptr;
    Supervisor daemon{resources, wanted->summary};
    sandbox.enter();

    return run(daemon, resources, reader, std::move(predecessor));
}

} // namespace supervisor
