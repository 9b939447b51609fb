#include "ctl/program.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace ctl
{

namespace
{

std::string_view name_of(std::string_view variable)
{
    return variable.substr(0, variable.find('='));
}

bool is_replaced(std::string_view variable, const std::vector<std::string>& by)
{
    for (const std::string& one : by) {
        if (name_of(one) == name_of(variable)) {
            return true;
        }
    }
    return false;
}

/// exec(3) does not write to the strings.
std::vector<char*> pointers(const std::vector<std::string>& strings)
{
    std::vector<char*> result;
    result.reserve(strings.size());
    for (const std::string& one : strings) {
        result.push_back(const_cast<char*>(one.c_str()));
    }
    return result;
}

std::vector<char*> environment_with(const std::vector<std::string>& more)
{
    std::vector<char*> result = pointers(more);
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
        if (!is_replaced(*variable, more)) {
            result.push_back(*variable);
        }
    }
    result.push_back(nullptr);
    return result;
}

} // namespace

std::string Ended::text() const
{
    if (error != 0) {
        return base::filled("cannot be run: {}", {std::strerror(error)});
    }
    if (signal != 0) {
        return base::filled("was ended by signal {} ({})", {signal, ::strsignal(signal)});
    }
    return base::filled("exited with status {}", {status});
}

Ended run(const Program& program)
{
    std::vector<char*> arguments = pointers(program.arguments);
    arguments.push_back(nullptr);
    const std::vector<char*> environment = environment_with(program.environment);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (program.is_silent) {
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    pid_t child = -1;
    Ended ended;
    ended.error =
        ::posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (ended.error != 0) {
        return ended;
    }
    return wait_for(child);
}

Ended wait_for(pid_t child)
{
    int how = 0;
    pid_t found = -1;
    do {
        found = ::waitpid(child, &how, 0);
    } while (found < 0 && errno == EINTR);
    Ended ended;
    if (found < 0) { // with SIGCHLD ignored, the kernel keeps no status
        ended.error = errno;
        return ended;
    }
    ended.signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0;
    ended.status = WIFEXITED(how) ? WEXITSTATUS(how) : 0;
    return ended;
}

} // namespace ctl
