// nanodnsctl: an administrator's view of a running nanodnsd, and the few things that may be changed there.
//
// It is an ordinary program, not a part of the daemon: it has the rights of who runs it and talks to the
// console by the control socket alone (proto/ipc/admin.h). Who may open that socket may do all that it
// offers.
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include "ctl/bus.h"
#include "ctl/commands.h"

namespace
{

/// The daemon's program is installed beside this one.
std::string daemon_program()
{
    std::string own(4096, '\0');
    const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
    own.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::size_t slash = own.rfind('/');
    return slash == std::string::npos ? "" : own.substr(0, slash) + "/nanodnsd";
}

} // namespace

int main(int argc, char** argv)
{
    std::setlocale(LC_CTYPE, "");  // only whether its encoding is UTF-8
    std::signal(SIGCHLD, SIG_DFL); // if it is ignored, which exec(3) inherits, waitpid(2) finds no child
    ctl::Context context;
    context.environment = [](const char* name) { return std::getenv(name); };
    context.terminal = ctl::terminal_at(STDOUT_FILENO, context.environment);
    context.now = [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); };
    context.daemon_program = daemon_program();
    const char* const bus = context.environment("DBUS_SYSTEM_BUS_ADDRESS");
    context.bus = bus != nullptr ? bus : ctl::usual_bus;

    return static_cast<int>(ctl::main_with(context, {argv + (argc > 0 ? 1 : 0), argv + argc}));
}
