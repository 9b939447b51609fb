#include "daemon/start/service_manager.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
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

std::string_view environment(const char* name) noexcept
{
    const char* value = has_service_manager ? std::getenv(name) : nullptr;
    return value != nullptr ? value : "";
}

/// Whether a variable that names a process names this one; an unset one means every process.
bool is_for_us(const char* name) noexcept
{
    const std::string_view pid = environment(name);
    return pid.empty() || pid == base::filled("{}", {::getpid()});
}

std::string take_word(std::string_view& list, char separator)
{
    const std::size_t end = std::min(list.find(separator), list.size());
    std::string word{list.substr(0, end)};
    list.remove_prefix(std::min(end + 1, list.size()));
    return word;
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
    constexpr std::uint64_t most = 1000;
    const std::string_view count = environment("LISTEN_FDS");
    if (count.empty() || environment("LISTEN_PID").empty() || !is_for_us("LISTEN_PID")) {
        return std::nullopt;
    }
    const auto number = base::parse_decimal(count, most);
    if (!number) {
        privsep::fail("LISTEN_FDS is '{}', expected a number from 0 to 1000", {base::escape(count, 20)});
    }
    std::string_view names = environment("LISTEN_FDNAMES");
    std::vector<PassedSocket> passed(static_cast<std::size_t>(*number));
    int fd = first_passed;
    for (PassedSocket& socket : passed) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
            privsep::fail("LISTEN_FDS says {}, but descriptor {} is not open", {*number, fd});
        }
        const std::string name = take_word(names, ':');
        socket.fd = privsep::UniqueFd{fd++};
        socket.name = name.empty() ? "unknown" : name;
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
    constexpr std::uint64_t longest = 1'000'000'000'000; // eleven days, in microseconds
    const auto microseconds = base::parse_decimal(environment("WATCHDOG_USEC"), longest);
    std::optional<base::Uptime> period;
    if (microseconds && is_for_us("WATCHDOG_PID")) {
        period = base::Uptime{*microseconds / 1000};
    }
    return {std::move(socket), period};
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
