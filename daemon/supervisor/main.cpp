// nanodnsd: opens what the daemon needs, starts its processes, and watches them.
//
// Faces: nobody. It reads no octet from outside.
// Holds: the listening sockets, the state's descriptors, and of each child the sealed part of the config
//   that is the child's, with digests in place of tokens.
// Talks to: its children (proto/ipc/control.h), the service manager.
// May call: daemon/supervisor/syscalls.h.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "daemon/keeper/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/supervisor/options.h"
#include "daemon/supervisor/state_files.h"
#include "daemon/supervisor/supervisor.h"
#include "daemon/supervisor/syscalls.h"
#include "daemon/updater/syscalls.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/filters.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "privsep/sandbox.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"
#include "proto/config/predecessor_state.h"
#include "proto/config/summary.h"

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

/// Where the children's executables are: beside our own, wherever all of it is installed.
std::string program_folder()
{
    std::string self(4096, '\0');
    const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
    self.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return self.substr(0, self.rfind('/')) + "/../libexec/nanodnsd/";
}

[[noreturn]] void fail_without(const std::string& program, int error)
{
    privsep::fail("can not open {}: {}: install nanodnsd as a whole", {program, std::strerror(error)});
}

/// `filters`: of the keeper, the updater and the responder.
supervisor::Programs open_programs(std::span<UniqueFd, 3> filters)
{
    const std::string folder = program_folder();
    const auto open = [&](const char* name) {
        UniqueFd fd{::open((folder + name).c_str(), O_PATH | O_CLOEXEC)};
        if (!fd) {
            fail_without(folder + name, errno);
        }
        return fd;
    };
    return {{open("keeper"), std::move(filters[0])},
            {open("updater"), std::move(filters[1])},
            {open("responder"), std::move(filters[2])}};
}

void warn_of_readable_tokens(const std::string& path)
{
    struct stat about {
    };
    if (::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0) {
        privsep::log(privsep::Level::warning,
                     "{} holds tokens and everybody on this machine may read it: chmod o-r", {path});
    }
}

/// Prints every fault. Its warnings are left to the caller, where there is none.
config::Parsed read_config(const std::string& path)
{
    supervisor::FileContent file = supervisor::read_file(path, std::size_t{64} << 20);
    if (!file.fault.empty()) {
        privsep::fail("{}", {file.fault});
    }
    config::Parsed parsed = config::parse(file.text);
    base::wipe(file.text);
    for (const config::Fault& fault : parsed.faults) {
        std::fprintf(stderr, "%s\n", config::to_text(fault, path).c_str());
    }
    return parsed;
}

std::vector<config::SavedHost> import(const std::optional<std::string>& text, const std::string& path,
                                      const dns::Name& domain)
{
    if (!text) {
        return {};
    }
    config::SavedState saved = config::parse_predecessor_state(*text, domain);
    if (!saved.faults.empty()) {
        privsep::fail(
            "the predecessor's state can not be taken over: {}: mend it, or move it away to begin without",
            {config::to_text(saved.faults.front(), path)});
    }
    privsep::log(privsep::Level::notice, "taking over {} hosts from {}, which stays as it is",
                 {saved.hosts.size(), path});
    return std::move(saved.hosts);
}

/// Where we are root, we become somebody else, and the config may be readable for root alone.
std::uint32_t drop_privileges(const std::optional<privsep::Identity>& identity,
                              const std::string& config_path)
{
    using privsep::Wall;
    const auto bit = [](Wall wall) { return static_cast<std::uint32_t>(wall); };
    const bool network_is_empty = privsep::leave_host_namespaces();
    // root itself no longer is a privilege once the capability is gone, so this asks the right question
    const bool needs_to_read = identity && !privsep::can_read_as(*identity, config_path);
    privsep::give_up_privileges(identity, needs_to_read);
    if (needs_to_read) {
        privsep::log(privsep::Level::notice,
                     "keeping CAP_DAC_READ_SEARCH to reload {}: a config that the daemon's group may read "
                     "makes that unnecessary",
                     {config_path});
    }
    return network_is_empty ? bit(Wall::empty_network) : 0;
}

constexpr std::uint32_t bits(std::initializer_list<privsep::Wall> walls)
{
    std::uint32_t all = 0;
    for (const privsep::Wall wall : walls) {
        all |= static_cast<std::uint32_t>(wall);
    }
    return all;
}

std::uint32_t required_walls(bool was_root)
{
    using privsep::Wall;
    constexpr std::uint32_t always = bits(
        {Wall::no_new_privileges, Wall::no_capabilities, Wall::not_dumpable, Wall::seccomp, Wall::not_root});
    constexpr std::uint32_t of_root = bits({Wall::empty_root, Wall::empty_network});
    return was_root ? always | of_root : always;
}

supervisor::Resources open_resources(const supervisor::Options& options, supervisor::Programs&& programs,
                                     supervisor::Sockets&& sockets, supervisor::StateFiles&& state,
                                     const ipc::LogSetup& log, bool was_root)
{
    return {
        .sockets = std::move(sockets),
        .state = std::move(state.file),
        .state_folder = std::move(state.folder),
        .state_path = options.state,
        .programs = std::move(programs),
        .root = privsep::make_empty_root(options.state.substr(0, options.state.rfind('/'))),
        .signals = take_signals(),
        .kernel_log = {},
        .notifier = {},
        .log = log,
        .config_path = options.config,
        .walls = 0,
        .required_walls = required_walls(was_root),
    };
}

Exit serve(const supervisor::Options& options)
{
    using namespace supervisor;
    const ipc::LogSetup log{logs_to_journal(), static_cast<std::uint8_t>(std::min(options.verbosity, 2U))};
    privsep::log_as("nanodnsd", log.journal, log.verbosity);
    privsep::lose_lines_rather_than_wait();
    allow_many_descriptors();
    auto passed = take_passed_sockets();
    std::vector<UniqueFd> filters =
        privsep::make_filters({syscalls, keeper::syscalls, updater::syscalls, responder::syscalls});
    privsep::Sandbox sandbox{filters[0].get()};
    Programs programs = open_programs(std::span{filters}.last<3>());
    config::Parsed read = read_config(options.config);
    if (!read.faults.empty()) {
        return Exit::bad_config;
    }
    log_warnings(read.warnings, options.config);
    read.warnings = {};
    config::Config& config = read.config;
    warn_of_readable_tokens(options.config);
    const auto identity = privsep::is_root()
                              ? std::optional{privsep::find_identity(config.server.user, config.server.group)}
                              : std::nullopt;
    StateFiles state = open_state(options.state, identity);
    const auto imported = import(state.predecessor, options.state, config.server.domain);
    Sockets sockets = passed ? Sockets::adopt(std::move(*passed)) : Sockets::bind(config);
    sockets.print_free_ports();

    Resources resources = open_resources(options, std::move(programs), std::move(sockets), std::move(state),
                                         log, identity.has_value());
    resources.walls = drop_privileges(identity, options.config);
    leave_standard_input_and_output();
    Supervisor daemon{resources, config};
    sandbox.enter();

    daemon.start(std::move(config), imported);
    return daemon.run() ? Exit::success : Exit::failure;
}

Exit check_config(const supervisor::Options& options)
{
    const config::Parsed read = read_config(options.config);
    for (const config::Fault& warning : read.warnings) {
        std::fprintf(stderr, "%s\n", config::to_text_of_warning(warning, options.config).c_str());
    }
    if (!read.faults.empty()) {
        return Exit::bad_config;
    }
    std::fputs(config::summary(read.config).c_str(), stdout);
    return Exit::success;
}

/// By the keeper's executable, which is the one that knows what a state looks like.
Exit report_state(std::string path)
{
    std::string program = program_folder() + "keeper";
    std::array<char*, 3> arguments{program.data(), path.data(), nullptr};
    pid_t pid = -1;
    if (const int error = ::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments.data(), environ)) {
        fail_without(program, error);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? Exit::success : Exit::failure;
}

/// Both are looked at, and the config's fault is the graver one.
Exit check(const supervisor::Options& options)
{
    const Exit of_config = check_config(options);
    if (!options.names_state) {
        return of_config;
    }
    std::fflush(stdout);
    const Exit of_state = report_state(options.state);
    return of_config == Exit::success ? of_state : of_config;
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    fill_standard_descriptors();
    const supervisor::CommandLine line = supervisor::parse_command_line(argc, argv);
    const Exit result =
        !line.options ? line.exit : (line.options->check ? check(*line.options) : serve(*line.options));
    return static_cast<int>(result);
}
