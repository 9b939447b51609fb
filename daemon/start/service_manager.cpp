#include "daemon/start/service_manager.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "privsep/conversation.h"
#include "privsep/fail.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

constexpr int first_passed = 3; // SD_LISTEN_FDS_START
constexpr std::uint64_t max_pid = std::numeric_limits<pid_t>::max();

/// nullptr: not set.
const char* variable(const char* name) noexcept
{
    return has_service_manager ? std::getenv(name) : nullptr;
}

std::string_view environment(const char* name) noexcept
{
    const char* value = variable(name);
    return value != nullptr ? value : "";
}

bool names_this_process(std::string_view pid) noexcept
{
    return base::parse_decimal(pid, max_pid) == static_cast<std::uint64_t>(::getpid());
}

/// The number from 1 to `most` in a variable; ends the process if it is something else.
std::uint64_t required_number(const char* name, std::string_view text, std::uint64_t most)
{
    const std::uint64_t number = base::parse_decimal(text, most).value_or(0);
    if (number == 0) {
        privsep::fail("{} is '{}', expected a number from 1 to {}", {name, base::escape(text, 20), most});
    }
    return number;
}

/// As sd_listen_fds_with_names(3) reads LISTEN_FDNAMES: a backslash makes the next character a part of the
/// name. False if the number of names is another, or there is no next character.
bool take_names(std::vector<PassedSocket>& passed, std::string_view list)
{
    std::size_t at = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == ':') {
            ++at;
            continue;
        }
        i += list[i] == '\\' ? 1U : 0U;
        if (at >= passed.size() || i == list.size()) {
            return false;
        }
        passed[at].name += list[i];
    }
    return at + 1 == passed.size();
}

std::optional<std::vector<PassedSocket>> read_passed_sockets()
{
    constexpr std::uint64_t most = 1000;
    const char* pid = variable("LISTEN_PID");
    const char* count = variable("LISTEN_FDS");
    const char* names = variable("LISTEN_FDNAMES");
    if (pid == nullptr ||
        required_number("LISTEN_PID", pid, max_pid) != static_cast<std::uint64_t>(::getpid()) ||
        count == nullptr) {
        return std::nullopt;
    }
    std::vector<PassedSocket> passed(static_cast<std::size_t>(required_number("LISTEN_FDS", count, most)));
    if (names != nullptr && !take_names(passed, names)) {
        privsep::fail("LISTEN_FDNAMES is '{}', expected {} names, separated by ':'",
                      {base::escape(names, 80), passed.size()});
    }
    int fd = first_passed;
    for (PassedSocket& socket : passed) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
            privsep::fail("LISTEN_FDS says {}, but descriptor {} is not open", {passed.size(), fd});
        }
        socket.fd = privsep::UniqueFd{fd++};
        if (names == nullptr) {
            socket.name = "unknown";
        }
    }
    return passed;
}

/// The first process of a container gets only the signals that it waits for.
privsep::UniqueFd take_ends_of_wait() noexcept
{
    sigset_t ends;
    sigemptyset(&ends);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) {
        sigaddset(&ends, signal);
    }
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    return privsep::UniqueFd{::signalfd(-1, &ends, SFD_CLOEXEC)};
}

} // namespace

std::optional<std::vector<PassedSocket>> take_passed_sockets()
{
    auto passed = read_passed_sockets();
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);
    }
    return passed;
}

bool logs_to_journal() noexcept
{
    const std::string_view stream = environment("JOURNAL_STREAM");
    struct stat log {
    };
    return !stream.empty() && ::fstat(STDERR_FILENO, &log) == 0 &&
           stream == base::filled("{}:{}", {log.st_dev, log.st_ino});
}

std::optional<std::chrono::microseconds> watchdog_period() noexcept
{
    constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max(); // as systemd writes it
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const auto period = base::parse_decimal(environment("WATCHDOG_USEC"), no_limit - 1);
    const char* pid = variable("WATCHDOG_PID");
    if (period.value_or(0) == 0 || (pid != nullptr && !names_this_process(pid))) {
        return std::nullopt;
    }
    return std::chrono::microseconds{std::min(*period, most)};
}

Notifier connect_notifier() noexcept
{
    const std::string_view path = environment("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
        return {};
    }
    std::copy(path.begin(), path.end(), static_cast<char*>(address.sun_path));
    if (path[0] == '@') { // the abstract namespace, unix(7)
        address.sun_path[0] = '\0';
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    privsep::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        return {};
    }
    return {std::move(socket), watchdog_period()};
}

void wait_before_next_start(Notifier& notifier, std::string_view error, int signals) noexcept
{
    if (!notifier.is_heard()) {
        return;
    }
    privsep::UniqueFd own;
    if (signals < 0) { // before the service manager may send one
        own = take_ends_of_wait();
        signals = own.get();
    }
    notifier.status(base::filled("not serving, next start in 10 s: {}", {error}));
    const privsep::Deadline end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    signalfd_siginfo signal{};
    while (privsep::wait_for(signals, POLLIN, end) && ::read(signals, &signal, sizeof signal) > 0 &&
           (signal.ssi_signo == SIGCHLD || signal.ssi_signo == SIGUSR1)) {}
}

} // namespace supervisor
