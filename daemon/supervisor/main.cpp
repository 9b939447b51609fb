// nanodnsd: opens what the daemon needs, starts its processes, and watches them.
//
// Faces: nobody. It reads no octet from outside.
// Holds: the listening sockets, the state's descriptors, and of each child the sealed part of the config
//   that is the child's, with digests in place of tokens, which it does not look into.
// Talks to: its children (proto/ipc/control.h), the reader of the config (proto/ipc/config.h), the service
//   manager.
// May call: daemon/supervisor/syscalls.h.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <optional>
#include <span>
#include <spawn.h>
#include <string>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/common/file_access.h"
#include "daemon/keeper/syscalls.h"
#include "daemon/reader/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/supervisor/boot.h"
#include "daemon/supervisor/config_reader.h"
#include "daemon/supervisor/options.h"
#include "daemon/supervisor/programs.h"
#include "daemon/supervisor/provided_root.h"
#include "daemon/supervisor/state_files.h"
#include "daemon/supervisor/supervisor.h"
#include "daemon/supervisor/syscalls.h"
#include "daemon/supervisor/trial.h"
#include "daemon/updater/syscalls.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/filters.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "privsep/sandbox.h"
#include "proto/base/text.h"

namespace
{

using privsep::UniqueFd;
using supervisor::Exit;

/// 0, 1 and 2 must be taken, or a socket would become somebody's stderr.
void fill_standard_descriptors()
{
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR); // NOLINT(cppcoreguidelines-pro-type-vararg)
    } while (fd >= 0 && fd <= STDERR_FILENO);
    ::close(fd);
}

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

/// A folder that is named after no daemon of ours holds other files, too.
std::string ours_around(const std::string& path)
{
    const std::string folder = supervisor::folder_of(path);
    return folder.rfind('/') == 0 ? path : folder;
}

std::vector<std::string> all_that_is_ours(const supervisor::Resources& resources)
{
    return {supervisor::own_executable(), supervisor::folder_of(supervisor::program_folder()),
            ours_around(resources.config_path), ours_around(resources.state_path)};
}

/// Where we are root, we become somebody else, and the config may be readable for root alone.
void drop_privileges(const std::optional<privsep::Identity>& identity, supervisor::Resources& resources)
{
    using privsep::Wall;
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
    const auto note = [&](Wall wall, const std::string& why_not) {
        resources.walls |= why_not.empty() ? static_cast<std::uint32_t>(wall) : 0;
        resources.sandbox.add_reason(wall, why_not);
    };
    note(Wall::empty_network, isolation.why_no_empty_network);
    resources.sandbox.add_reason(Wall::empty_root, isolation.why_no_empty_root);
    if (!isolation.why_no_empty_root.empty() && supervisor::root_holds_only(all_that_is_ours(resources))) {
        note(Wall::empty_root, "");
    }
    for (const Wall wall : {Wall::landlock, Wall::no_executable_memory}) {
        resources.sandbox.add_reason(wall, privsep::why_missing(wall));
    }
}

/// What is open before the config is read; the rest is added as the config wants it.
supervisor::Resources open_resources(const supervisor::Options& options, supervisor::Programs&& programs,
                                     bool sockets_are_passed)
{
    return {
        .sockets = {},
        .state = {},
        .state_folder = {},
        .state_path = options.state,
        .programs = std::move(programs),
        .root = privsep::make_empty_root(supervisor::folder_of(options.state)),
        .signals = {},
        .kernel_log = {},
        .notifier = {},
        .log = {supervisor::logs_to_journal(), static_cast<std::uint8_t>(std::min(options.verbosity, 2U))},
        .config_path = options.config,
        .started = supervisor::point_of_start(),
        .reader_start = {sockets_are_passed, privsep::is_root()},
        .walls = 0,
        .sandbox = {},
        .identity = {::geteuid(), ::getegid()},
    };
}

/// What the config wants.
void add_to(supervisor::Resources& resources, supervisor::Sockets&& sockets, supervisor::StateFiles&& state)
{
    resources.state = std::move(state.file);
    resources.state_folder = std::move(state.folder);
    resources.sockets = std::move(sockets);
    resources.sockets.print_free_ports();
    if (!resources.root) {
        // in the state's folder, which there may not have been before
        resources.root = privsep::make_empty_root(supervisor::folder_of(resources.state_path));
    }
    if (!resources.root) {
        resources.sandbox.add_reason(
            privsep::Wall::empty_root,
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
            {supervisor::command_to_give(state, "nanodnsd:")});
    }
}

void warn_of_readable_tokens(const std::string& path, const privsep::Identity& identity)
{
    if (common::everybody_may_read(path)) {
        privsep::log(privsep::Level::warning, "{} holds tokens and everybody on this machine may read it: {}",
                     {path, common::command_for_service_alone(path, identity.uid, identity.gid)});
    }
}

/// Root without CAP_DAC_OVERRIDE can still become the owner.
UniqueFd open_config_somehow(const std::string& path)
{
    UniqueFd file = supervisor::open_config(path);
    struct stat about {
    };
    if (!file && errno == EACCES && privsep::is_root() && ::stat(path.c_str(), &about) == 0) {
        const privsep::ActingAs owner{{about.st_uid, about.st_gid}};
        file = supervisor::open_config(path);
    }
    if (!file) {
        privsep::fail("{}", {common::why_unreadable(path, ::geteuid(), ::getegid())});
    }
    return file;
}

/// `passed`: by a service manager, if there is one.
supervisor::Sockets take_sockets(const supervisor::Wanted& wanted, const supervisor::Trial* trial,
                                 std::optional<std::vector<supervisor::PassedSocket>>&& passed)
{
    using supervisor::Sockets;
    if (trial != nullptr && !trial->has_network) {
        return {};
    }
    return passed ? Sockets::adopt(std::move(*passed))
                  : Sockets::bind(wanted.endpoints, wanted.summary.workers);
}

/// `trial`: in place of what the system has; nullptr if this is none.
Exit serve(const supervisor::Options& options, supervisor::Trial* trial = nullptr)
{
    using namespace supervisor;
    privsep::log_as("nanodnsd", logs_to_journal(), options.verbosity);
    privsep::lose_lines_rather_than_wait();
    allow_many_descriptors();
    close_at_exec_what_was_inherited();
    privsep::require_right_to_change_user();
    auto passed = take_passed_sockets();
    std::vector<UniqueFd> filters = privsep::make_filters(
        {syscalls, keeper::syscalls, updater::syscalls, responder::syscalls, reader::syscalls});
    privsep::Sandbox sandbox{filters[0].get()};
    Resources resources =
        open_resources(options, open_programs(std::span{filters}.last<4>()), passed.has_value());
    UniqueFd config_file = // which may be the standard input; a trial's stays open for its reload
        trial != nullptr ? UniqueFd{::fcntl(trial->config.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)}
                         : open_config_somehow(options.config);
    leave_standard_input_and_output();
    reap_reader_at_exit();
    ConfigReader reader{{resources.programs.reader, resources.root.get(), setup_of_reader(resources, false),
                         privsep::required_walls},
                        resources.kernel_log};
    reader.ask(std::move(config_file));
    const auto wanted = reader.read();
    if (!wanted) {
        reader.end_and_reap();
        if (!reader.has_found_faults()) {
            return Exit::failure;
        }
        wait_before_next_start(resources.notifier, reader.first_fault());
        return Exit::bad_config;
    }
    const ipc::ConfigSummary& config = wanted->summary;
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
    add_to(resources, take_sockets(*wanted, trial, std::move(passed)), std::move(state));
    drop_privileges(identity, resources);
    Supervisor daemon{resources, config};
    sandbox.enter();

    return daemon.run(reader, std::move(predecessor)) ? Exit::success : Exit::failure;
}

struct Command {
    std::string program;
    std::vector<char*> arguments; ///< as exec(3) wants them
};

/// One of our executables that does a thing for whoever runs us. `arguments` must outlive the command.
Command command_of(const char* name, std::initializer_list<const char*> arguments)
{
    Command command{supervisor::program_folder() + name, {}};
    command.arguments.push_back(const_cast<char*>(name)); // exec(3) does not write there
    for (const char* argument : arguments) {
        command.arguments.push_back(const_cast<char*>(argument));
    }
    command.arguments.push_back(nullptr);
    return command;
}

/// In our place.
[[noreturn]] void become(const Command& command)
{
    ::execv(command.program.c_str(), command.arguments.data());
    supervisor::fail_without(command.program, errno);
}

/// Until it ends, with its exit status.
Exit run(const Command& command)
{
    pid_t pid = -1;
    if (const int error = ::posix_spawn(&pid, command.program.c_str(), nullptr, nullptr,
                                        command.arguments.data(), environ)) {
        supervisor::fail_without(command.program, error);
    }
    siginfo_t death{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &death, WEXITED) != 0 && errno == EINTR) {}
    if (death.si_code != CLD_EXITED) {
        privsep::log(privsep::Level::error, "{} {}", {command.program, supervisor::describe_death(death)});
        return Exit::failure;
    }
    return death.si_status == EXIT_SUCCESS
               ? Exit::success
               : (death.si_status == ipc::exit_faulty_config ? Exit::bad_config : Exit::failure);
}

/// The config, the state, and then a trial of all processes; a faulty config's status counts first.
Exit check(const supervisor::Options& options)
{
    privsep::log_as("nanodnsd", false, 0);
    const char* how = supervisor::logs_to_journal() ? "--check-for-journal" : "--check";
    const Exit config = run(command_of("reader", {how, options.config.c_str()}));
    const Exit state =
        options.names_state ? run(command_of("keeper", {options.state.c_str()})) : Exit::success;
    if (config != Exit::success) {
        return config;
    }
    const Exit trial = supervisor::try_out(
        [](supervisor::Trial& one) { return serve({.config = one.config_path, .state = ""}, &one); });
    return state == Exit::success ? trial : state;
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    fill_standard_descriptors();
    ::signal(SIGCHLD, SIG_DFL); // who starts us may have ignored it, and then nobody could be waited for
    const supervisor::CommandLine line = supervisor::parse_command_line(argc, argv);
    if (line.token_command != nullptr) {
        become(command_of("reader", {line.token_command}));
    }
    const Exit result =
        !line.options ? line.exit : (line.options->check ? check(*line.options) : serve(*line.options));
    return static_cast<int>(result);
}
