// nanodnsd: opens what the daemon needs, then becomes the supervisor: starts the other processes and watches
// them.
//
// Faces: no network. It reads no byte that came over the network, and none of the config.
// Holds: the listening sockets, the state files, and a sealed setup for each child, which it does not read.
// Talks to: its children (proto/ipc/control.h), the reader (proto/ipc/config.h), the service manager.
// May call: daemon/supervisor/syscalls.h.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <new>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/start/options.h"
#include "daemon/start/programs.h"
#include "daemon/start/serve.h"
#include "daemon/start/service_manager.h"
#include "daemon/start/state_check.h"
#include "daemon/start/trial.h"
#include "daemon/supervisor/deaths.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace
{

using supervisor::Exit;

/// 0, 1 and 2 must be open, or a socket could become the stderr of a process.
void fill_standard_descriptors()
{
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR); // NOLINT(cppcoreguidelines-pro-type-vararg)
    } while (fd >= 0 && fd <= STDERR_FILENO);
    ::close(fd);
}

/// Replaces this process by the command's program.
[[noreturn]] void become(const supervisor::CommandLine& line)
{
    const std::string program = supervisor::program_folder() + line.program;
    ::execv(program.c_str(), line.command);
    supervisor::fail_without(program, errno);
}

/// Runs an executable of libexec in a child process. Returns its exit status, or that of an error.
/// `arguments`: as exec(3) wants them, with at least one nullptr at the end.
int run(std::array<const char*, 6> arguments)
{
    const std::string program = supervisor::program_folder() + arguments[0];
    pid_t pid = -1;
    if (const int error = ::posix_spawn(&pid, program.c_str(), nullptr, nullptr,
                                        const_cast<char**>(arguments.data()), environ)) { // not written to
        supervisor::fail_without(program, error);
    }
    const siginfo_t death = supervisor::wait_for_exit(pid);
    if (death.si_code != CLD_EXITED) {
        privsep::log(privsep::Level::error, "{} {}", {program, supervisor::describe_death(death)});
        return EXIT_FAILURE;
    }
    return death.si_status;
}

/// If this is the reload command of a unit: the unit does not signal the main process after a failed check.
/// So this does; the main process refuses the config too, and its status then shows the reason.
void tell_main_process_of_errors()
{
    const char* pid = std::getenv("MAINPID");
    const auto number = base::parse_decimal(pid != nullptr ? pid : "", std::numeric_limits<pid_t>::max());
    if (supervisor::logs_to_journal() && number.value_or(0) > 1) {
        ::kill(static_cast<pid_t>(*number), SIGHUP);
    }
}

/// Two processes read the config for -s, so what is not a file, such as a pipe, is copied to memory. Returns
/// the path to use.
std::string readable_twice(const std::string& path)
{
    struct stat about {
    };
    if (::stat(path.c_str(), &about) != 0 || S_ISREG(about.st_mode)) {
        return path;
    }
    const int from = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const int copy = ::memfd_create("config", 0); // the children open it by its path
    std::array<char, 65536> piece{};
    ssize_t size = 0;
    while ((size = ::read(from, piece.data(), piece.size())) > 0 &&
           ::write(copy, piece.data(), static_cast<std::size_t>(size)) == size) {}
    ::close(from);
    base::wipe({reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()});
    return size == 0 ? base::filled("/proc/self/fd/{}", {copy}) : path;
}

/// Checks the config and the state, then tries all processes. The exit status of an invalid config has
/// priority.
Exit check(supervisor::Options options)
{
    privsep::log_as("nanodnsd", supervisor::logs_to_journal(), 0);
    const char* how = supervisor::logs_to_journal() ? "--check-for-journal" : "--check";
    options.config_name = options.config;
    options.config = options.names_state ? readable_twice(options.config) : options.config;
    const int config =
        run({supervisor::reader_name, how, options.config.c_str(), options.config_name.c_str()});
    const bool has_https = config == ipc::exit_has_https;
    const bool is_valid = has_https || config == EXIT_SUCCESS;
    const Exit state = options.names_state ? supervisor::check_state(options, is_valid) : Exit::success;
    if (!is_valid) {
        tell_main_process_of_errors();
        return config == ipc::exit_config_errors ? Exit::bad_config : Exit::failure;
    }
    if (state != Exit::success) {
        return state;
    }
    supervisor::Trial trial = supervisor::make_trial(has_https);
    if (!trial.files[0].empty() &&
        run({"keyholder", "--make-pair", trial.files[0].c_str(), trial.files[1].c_str(),
             supervisor::trial_name_server}) != EXIT_SUCCESS) {
        privsep::log_text(privsep::Level::error, "cannot make a certificate for the trial");
        return Exit::failure;
    }
    return supervisor::try_out(trial, [](supervisor::Trial& one) {
        return supervisor::serve({.config = one.config_path, .state = ""}, supervisor::processes, &one);
    });
}

} // namespace

int main(int argc, char** argv)
{
    std::set_new_handler(privsep::out_of_memory);
    fill_standard_descriptors();
    ::signal(SIGCHLD, SIG_DFL); // if it is ignored, which exec(3) inherits, waitid(2) finds no child
    const supervisor::CommandLine line = supervisor::parse_command_line(argc, argv);
    if (line.command != nullptr) {
        become(line);
    }
    const Exit result = !line.options
                            ? line.exit
                            : (line.options->check ? check(*line.options)
                                                   : supervisor::serve(*line.options, supervisor::processes));
    return static_cast<int>(result);
}
