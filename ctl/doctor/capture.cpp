#include "ctl/doctor/capture.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include "ctl/fd.h"

namespace ctl::doctor
{

namespace
{

constexpr std::size_t most_kept = std::size_t{1} << 20;

using Clock = std::chrono::steady_clock;

struct Pipe {
    Fd read;
    Fd write;
};

Pipe make_pipe()
{
    std::array<int, 2> ends{-1, -1};
    return ::pipe2(ends.data(), O_CLOEXEC) == 0 ? Pipe{Fd{ends[0]}, Fd{ends[1]}} : Pipe{};
}

/// Reads once. False at the end.
bool read_some(const Fd& from, std::string& to)
{
    std::array<char, 16384> room{};
    const ssize_t size = ::read(from.get(), room.data(), room.size());
    if (size > 0) {
        to.append(room.data(),
                  std::min(static_cast<std::size_t>(size), most_kept - std::min(most_kept, to.size())));
    }
    return size > 0 || (size < 0 && errno == EINTR);
}

/// False if the time is over before both have ended.
bool read_all(const Fd& out, const Fd& err, Captured& captured, Clock::time_point end)
{
    std::array<struct pollfd, 2> both{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
    while (both[0].fd >= 0 || both[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        const int ready = left > 0 ? ::poll(both.data(), both.size(), static_cast<int>(left)) : 0;
        if (ready == 0 || (ready < 0 && errno != EINTR)) {
            return false;
        }
        if (ready > 0 && both[0].revents != 0 && !read_some(out, captured.out)) {
            both[0].fd = -1;
        }
        if (ready > 0 && both[1].revents != 0 && !read_some(err, captured.err)) {
            both[1].fd = -1;
        }
    }
    return true;
}

int start(const std::vector<std::string>& arguments, const Fd& out, const Fd& err, pid_t& child)
{
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
        pointers.push_back(const_cast<char*>(argument.c_str())); // exec(3) does not write to it
    }
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
    const int error = ::posix_spawn(&child, pointers.front(), &actions, nullptr, pointers.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
}

} // namespace

Captured capture(const std::vector<std::string>& arguments, std::chrono::milliseconds patience)
{
    Captured captured;
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    pid_t child = -1;
    captured.ended.error = start(arguments, out.write, err.write, child);
    if (captured.ended.error != 0) {
        return captured;
    }
    out.write = Fd{};
    err.write = Fd{};
    captured.is_late = !read_all(out.read, err.read, captured, Clock::now() + patience);
    if (captured.is_late) {
        ::kill(child, SIGKILL);
    }
    captured.ended = wait_for(child);
    return captured;
}

} // namespace ctl::doctor
