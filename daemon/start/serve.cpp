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
#include "daemon/start/listen.h"
#include "daemon/start/programs.h"
#include "daemon/start/provided_root.h"
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

/// Children get what they are given and nothing that was open when we were started. spawn() closes all else;
/// where the kernel cannot close a range, exec does.
void close_at_exec_what_was_inherited() noexcept
{
    constexpr int most = 1024;
    for (int fd = STDERR_FILENO + 1; fd < most; ++fd) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC); // fails if there is none
    }
}

void leave_standard_input_and_output()
{
    const UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(null.get(), STDOUT_FILENO);
}

/// Each worker has sockets of its own, and this process holds all of them. Children lower theirs.
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

constinit Notifier* starting = nullptr; ///< until all is open and the config is good; none in a trial

/// privsep::fail() in a start, which has said why in the log.
void wait_after_failure()
{
    if (Notifier* const notifier = std::exchange(starting, nullptr)) {
        wait_before_next_start(*notifier, "the log says why");
    }
}

/// A folder that is named after no daemon of ours holds other files, too.
std::string ours_around(const std::string& path)
{
    const std::string folder = folder_of(path);
    return folder.rfind('/') == 0 ? path : folder;
}

std::vector<std::string> all_that_is_ours(const Resources& resources)
{
    return {own_executable(), folder_of(program_folder()), ours_around(resources.config_path),
            ours_around(resources.state_path)};
}

/// Where we are root, we become somebody else, and the config may be readable for root alone.
void drop_privileges(const std::optional<privsep::Identity>& identity, Resources& resources)
{
    using privsep::SandboxLayer;
    // root itself no longer is a privilege once the capability is gone, so this asks the right question
    const bool needs_to_read = identity && !privsep::can_read_as(*identity, resources.config_path);
    const privsep::Isolation isolation = privsep::give_up_privileges(identity, needs_to_read);
    if (needs_to_read && !isolation.can_read_config) {
        privsep::log(
            privsep::Level::warning, "uid {} may not read {}, so no reload will work: {}",
            {identity->uid, resources.config_path,
             common::command_for_service_alone(resources.config_path, identity->uid, identity->gid)});
    } else if (needs_to_read) {
        privsep::log(privsep::Level::notice,
                     "keeping CAP_DAC_READ_SEARCH to reload {}: a config that the daemon's group may read "
                     "makes that unnecessary",
                     {resources.config_path});
    }
    const auto note = [&](SandboxLayer layer, const std::string& why_not) {
        resources.layers |= why_not.empty() ? static_cast<std::uint32_t>(layer) : 0;
        resources.sandbox.add_reason(layer, why_not);
    };
    note(SandboxLayer::empty_network, isolation.why_no_empty_network);
    resources.sandbox.add_reason(SandboxLayer::empty_root, isolation.why_no_empty_root);
    if (!isolation.why_no_empty_root.empty() && root_holds_only(all_that_is_ours(resources))) {
        note(SandboxLayer::empty_root, "");
    }
    for (const SandboxLayer layer : {SandboxLayer::landlock, SandboxLayer::no_executable_memory}) {
        resources.sandbox.add_reason(layer, privsep::why_missing(layer));
    }
}

/// What is open before the config is read; the rest is added as the config wants it.
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

/// What the config wants.
void add_to(Resources& resources, Sockets&& sockets, StateFiles&& state)
{
    resources.state = std::move(state.file);
    resources.state_folder = std::move(state.folder);
    resources.sockets = std::move(sockets);
    print_free_ports(resources.sockets);
    if (!resources.root) {
        // in the state's folder, which there may not have been before
        resources.root = privsep::make_empty_root(folder_of(resources.state_path));
    }
    if (!resources.root) {
        resources.sandbox.add_reason(
            privsep::SandboxLayer::empty_root,
            base::filled("no temporary directory can be made: {}", {std::strerror(errno)}));
    }
    resources.signals = take_signals();
}

/// Who chose no user gets nobody, whose processes may send ours signals.
void warn_of_nobody(const privsep::Identity& identity, const std::string& state)
{
    if (identity.is_nobody) {
        privsep::log(
            privsep::Level::warning,
            "there is no user nanodnsd: running as nobody, whom other daemons share. Make the user: "
            "useradd --system --no-create-home --shell /usr/sbin/nologin nanodnsd; give it the state: {}",
            {command_to_give(state, "nanodnsd:")});
    }
}

void warn_of_readable_tokens(const std::string& path, const privsep::Identity& identity)
{
    if (common::everybody_may_read(path)) {
        privsep::log(privsep::Level::warning, "{} holds tokens and everybody on this machine may read it: {}",
                     {path, common::command_for_service_alone(path, identity.uid, identity.gid)});
    }
}

/// Root without CAP_DAC_OVERRIDE can still become the owner. Where it cannot be opened, nothing, and `why`.
UniqueFd open_config_somehow(const std::string& path, std::string& why)
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
        why = common::why_unreadable(path, error, ::geteuid(), ::getegid());
    }
    return file;
}

/// `passed`: by a service manager, if there is one.
Sockets take_sockets(const Wanted& wanted, const Trial* trial,
                     std::optional<std::vector<PassedSocket>>&& passed)
{
    if (trial != nullptr && !trial->has_network) {
        return {};
    }
    return passed ? adopt_sockets(std::move(*passed))
                  : bind_sockets(wanted.endpoints, wanted.summary.workers);
}

/// A trial's stays open for its reload. Where it cannot be opened, nothing, and `why`.
UniqueFd take_config(const Options& options, const Trial* trial, std::string& why)
{
    return trial != nullptr ? UniqueFd{::fcntl(trial->config.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)}
                            : open_config_somehow(options.config, why); // which may be the standard input
}

Exit end_without_config(ConfigReader& reader, Notifier& notifier)
{
    reader.end_and_reap();
    const bool has_errors = reader.has_errors();
    wait_before_next_start(notifier, has_errors ? reader.first_error() : "its reader failed");
    starting = nullptr;
    return has_errors ? Exit::bad_config : Exit::failure;
}

/// Takes what the config wants while it may be taken, and gives up the rights to do so again. A state of the
/// predecessor, which may be none.
UniqueFd settle(const Options& options, Resources& resources, const Wanted& wanted, Trial* trial,
                std::optional<std::vector<PassedSocket>>&& passed)
{
    const ipc::ConfigSummary& config = wanted.summary;
    const auto identity =
        privsep::is_root() ? std::optional{privsep::find_identity(config.user, config.group)} : std::nullopt;
    resources.identity = identity.value_or(resources.identity);
    require_right_to_run(resources.programs, resources.identity);
    if (trial == nullptr) {
        warn_of_readable_tokens(options.config, resources.identity);
        warn_of_nobody(resources.identity, options.state);
    }
    StateFiles state =
        trial != nullptr ? StateFiles{std::move(trial->state), {}, {}} : open_state(options.state, identity);
    UniqueFd predecessor = std::move(state.predecessor);
    add_to(resources, take_sockets(wanted, trial, std::move(passed)), std::move(state));
    drop_privileges(identity, resources);
    return predecessor;
}

} // namespace

Exit serve(const Options& options, const Table& table, Trial* trial)
{
    privsep::log_as("nanodnsd", logs_to_journal(), options.verbosity);
    privsep::lose_lines_rather_than_wait();
    allow_many_descriptors();
    close_at_exec_what_was_inherited();
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
        wait_before_next_start(resources.notifier, why);
        starting = nullptr;
        return Exit::failure;
    }
    leave_standard_input_and_output();
    reap_reader_at_exit();
    ConfigReader reader{
        {resources.programs.reader, resources.root.get(), resources.reader, privsep::required_layers},
        resources.kernel_log};
    reader.ask(std::move(config_file));
    const auto wanted = reader.read();
    if (!wanted) {
        return end_without_config(reader, resources.notifier);
    }
    UniqueFd predecessor = settle(options, resources, *wanted, trial, std::move(passed));
    starting = nullptr;
    Supervisor daemon{resources, wanted->summary};
    sandbox.enter();

    return daemon.run(reader, std::move(predecessor)) ? Exit::success : Exit::failure;
}

} // namespace supervisor
