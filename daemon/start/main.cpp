// nanodnsd: opens what the daemon needs, starts its processes, and watches them.
//
// Faces: nobody. It reads no byte from outside.
// Holds: the listening sockets, the state's descriptors, and of each child the sealed part of the config
//   that is the child's, with digests in place of tokens, which it does not look into.
// Talks to: its children (proto/ipc/control.h), the reader of the config (proto/ipc/config.h), the service
//   manager.
// May call: daemon/supervisor/syscalls.h.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <initializer_list>
#include <limits>
#include <new>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "daemon/start/options.h"
#include "daemon/start/programs.h"
#include "daemon/start/serve.h"
#include "daemon/start/service_manager.h"
#include "daemon/start/trial.h"
#include "daemon/supervisor/deaths.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace
{

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
               : (death.si_status == ipc::exit_config_errors ? Exit::bad_config : Exit::failure);
}

/// As a service manager's reload command: the main process, which is not asked to reload then, refuses the
/// config as well, so that its status says why.
void tell_main_process_of_errors()
{
    const char* pid = std::getenv("MAINPID");
    const auto number = base::parse_decimal(pid != nullptr ? pid : "", std::numeric_limits<pid_t>::max());
    if (supervisor::logs_to_journal() && number.value_or(0) > 1) {
        ::kill(static_cast<pid_t>(*number), SIGHUP);
    }
}

/// The config, the state, and then a trial of all processes; an invalid config's status counts first.
Exit check(const supervisor::Options& options)
{
    privsep::log_as("nanodnsd", supervisor::logs_to_journal(), 0);
    const char* how = supervisor::logs_to_journal() ? "--check-for-journal" : "--check";
    const Exit config = run(command_of("reader", {how, options.config.c_str()}));
    const Exit state =
        options.names_state ? run(command_of("keeper", {options.state.c_str()})) : Exit::success;
    if (config != Exit::success) {
        tell_main_process_of_errors();
        return config;
    }
    const Exit trial = supervisor::try_out([](supervisor::Trial& one) {
        return supervisor::serve({.config = one.config_path, .state = ""}, supervisor::processes, &one);
    });
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
    const Exit result = !line.options
                            ? line.exit
                            : (line.options->check ? check(*line.options)
                                                   : supervisor::serve(*line.options, supervisor::processes));
    return static_cast<int>(result);
}
