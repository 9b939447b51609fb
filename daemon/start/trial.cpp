#include "daemon/start/trial.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/start/service_manager.h"
#include "daemon/start/trial_client.h"
#include "privsep/call_tracer.h"
#include "privsep/conversation.h"
#include "privsep/copy.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

constexpr std::string_view serves = "nanodnsd: serving ";
constexpr std::string_view refused = "trial: refused ";
constexpr std::string_view killed = "(Bad system call)";
constexpr std::string_view process = "trial: process ";
constexpr std::string_view unwatched = "trial: ptrace(2) is refused here";

UniqueFd memory(std::string_view content)
{
    UniqueFd file{::memfd_create("trial", MFD_CLOEXEC)};
    privsep::require(file && ::write(file.get(), content.data(), content.size()) ==
                                 static_cast<ssize_t>(content.size()),
                     "memory for a trial");
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::string path_of(const UniqueFd& file)
{
    return base::filled("/proc/self/fd/{}", {file.get()});
}

/// For each step: an emulated machine may be that slow.
constexpr std::chrono::seconds patience{60};

/// The log and output of the processes of a trial.
class Output
{
public:
    explicit Output(UniqueFd pipe) : pipe_(std::move(pipe)) {}

    /// Whether `sign` is read in time, after the last one that was found.
    bool wait_for(std::string_view sign, std::chrono::seconds limit = patience)
    {
        deadline_ = std::chrono::steady_clock::now() + limit;
        while (true) {
            const std::size_t at = text_.find(sign, found_);
            if (at != std::string::npos) {
                found_ = at + sign.size();
                return true;
            }
            if (!read_more()) {
                return false;
            }
        }
    }
    /// Reads until all processes have closed their end; false if they do not in time.
    bool wait_for_end()
    {
        deadline_ = std::chrono::steady_clock::now() + patience;
        while (read_more()) {}
        return has_ended_;
    }
    /// The number that follows `key`; 0 if there is none.
    int number_after(std::string_view key) const
    {
        const std::size_t at = text_.find(key);
        return at == std::string::npos ? 0 : std::atoi(text_.c_str() + at + key.size());
    }
    const std::string& text() const noexcept { return text_; }
    /// Whether all processes have closed their end.
    bool has_ended() const noexcept { return has_ended_; }

private:
    bool read_more()
    {
        std::array<char, 4096> room{};
        const ssize_t size = privsep::wait_for(pipe_.get(), POLLIN, deadline_)
                                 ? ::read(pipe_.get(), room.data(), room.size())
                                 : -1;
        has_ended_ = size == 0;
        text_.append(room.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        return size > 0;
    }

    UniqueFd pipe_;
    privsep::Deadline deadline_;
    std::string text_;
    std::size_t found_ = 0;
    bool has_ended_ = false;
};

/// Runs in a process of its own, without the environment that a service manager made for `nanodnsd -n`.
[[noreturn]] void run_daemon(const std::function<Exit(Trial&)>& serve, Trial& trial)
{
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
                             "LISTEN_FDNAMES", "JOURNAL_STREAM"}) {
        ::unsetenv(name);
    }
    ::dprintf(STDERR_FILENO, "%s%d\n", process.data(), static_cast<int>(::getpid()));
    std::exit(static_cast<int>(serve(trial)));
}

/// Runs in a process of its own, which traces the daemon.
[[noreturn]] void trace_daemon(const std::function<Exit(Trial&)>& serve, Trial& trial, const UniqueFd& output)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(output.get(), STDERR_FILENO);
    const int status =
        privsep::run_watched([&] { run_daemon(serve, trial); },
                             [](pid_t pid, const std::string& call) {
                                 ::dprintf(STDERR_FILENO, "%s%s of process %d\n", refused.data(),
                                           call.c_str(), static_cast<int>(pid));
                             },
                             [] { ::dprintf(STDERR_FILENO, "%s\n", unwatched.data()); });
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

/// Root without CAP_KILL may signal the daemon only as the daemon's user. False if the signal is not sent.
bool send_signal(pid_t daemon, int signal)
{
    if (daemon <= 0 || ::kill(daemon, signal) == 0 || errno != EPERM || !privsep::is_root()) {
        return daemon > 0 && ::kill(daemon, 0) == 0;
    }
    const privsep::Identity identity = privsep::find_identity("", "");
    const privsep::Copied sent = privsep::done_in_copy([&](int /*file*/) {
        privsep::require(::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
                             ::setresuid(identity.uid, identity.uid, identity.uid) == 0 &&
                             ::kill(daemon, signal) == 0,
                         "a signal to the trial");
    });
    return sent.failure.empty();
}

/// Whether a handshake is answered before the patience ends, or a process dies of a refused system call. On a
/// slow machine, updater-tls does not wait long enough for the first signatures.
bool has_handshake_signed(Output& output, std::uint16_t port)
{
    constexpr std::chrono::seconds pause{1};
    const privsep::Deadline end = std::chrono::steady_clock::now() + patience;
    const std::string_view death = output.text().find(unwatched) == std::string::npos ? refused : killed;
    bool is_answered = has_signed_answer(port);
    while (!is_answered && std::chrono::steady_clock::now() < end && !output.wait_for(death, pause) &&
           !output.has_ended()) {
        is_answered = has_signed_answer(port);
    }
    return is_answered;
}

/// Sends updates and queries, asks for the metrics, and begins a handshake. Returns which of them failed;
/// empty if none.
std::string ask_all(Output& output)
{
    const auto port = [&](std::string_view key) {
        return static_cast<std::uint16_t>(output.number_after(key));
    };
    std::string failure = ask_in_trial({port("\nudp "), port("\ntcp "), port("\nhttp "), port("\nmetrics ")});
    const std::uint16_t https = port("\nhttps ");
    if (failure.empty() && https != 0 && !has_handshake_signed(output, https)) {
        failure = "a handshake of TLS is not answered";
    }
    return failure;
}

/// Returns which step of the trial failed; empty if none.
std::string try_all(Output& output, const Trial& trial)
{
    if (!output.wait_for(serves)) {
        return "it does not start";
    }
    const auto daemon = static_cast<pid_t>(output.number_after(process));
    if (trial.has_network) {
        std::string failure = ask_all(output);
        if (!failure.empty()) {
            return failure;
        }
    }
    const bool can_reload = trial.has_network && ::access(trial.config_path.c_str(), R_OK) == 0;
    if (can_reload && (!send_signal(daemon, SIGHUP) || !output.wait_for(serves))) {
        return "it does not reload";
    }
    send_signal(daemon, SIGTERM);
    return output.wait_for_end() ? "" : "it does not stop";
}

void report(const std::string& failure, std::string_view output)
{
    using privsep::Level;
    privsep::log(Level::error, "the trial failed: {}. Output of its processes:", {failure});
    bool is_refused = false;
    bool is_unwatched = false;
    while (!output.empty()) {
        const std::string_view line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        is_refused = is_refused || line.starts_with(refused) || line.find(killed) != line.npos;
        is_unwatched = is_unwatched || line == unwatched;
        privsep::log(Level::error, "  {}", {line});
    }
    if (is_refused && is_unwatched) {
        privsep::log(Level::error,
                     "ptrace(2) is refused here, so the system call is not known: run 'nanodnsd -n' as root "
                     "outside of the unit or the container");
    }
    if (is_refused) {
        privsep::log(Level::error,
                     "a filter does not fit the libc or the kernel of this system: keep the version of "
                     "nanodnsd or of libc that worked, and report these lines");
    }
}

} // namespace

Trial make_trial(bool has_https)
{
    const std::optional<std::string> address = trial_address();
    const std::string listen = address.value_or("127.0.0.1");
    Trial trial;
    trial.has_network = address.has_value();
    std::string config =
        base::filled("[server]\ndomain={}\nnameserver={}\nemail=hostmaster@{}\nlisten={}\n"
                     "[udp]\nport=0\n[tcp]\nport=0\n[http]\nport=0\nlisten={}\n[@home]\ntoken={}\n",
                     {trial_zone, trial_name_server, trial_zone, listen, listen, trial_token});
    const bool has_proc = ::access("/proc/self/fd", X_OK) == 0; // the console and HTTPS cannot do without
    has_https = has_https && has_proc;
    if (has_proc) {
        base::append(config, "[metrics]\nport=0\nlisten={}\n", {listen});
    }
    for (std::size_t i = 0; has_https && i < trial.files.size(); ++i) {
        trial.contents[i] = memory("");
        ::fcntl(trial.contents[i].get(), F_SETFD,
                0); // for the process that writes them; serve() sets it again
        trial.files[i] = path_of(trial.contents[i]);
    }
    if (has_https) {
        base::append(config, "[https]\nport=0\nlisten={}\ncertificate={}\nkey={}\n",
                     {listen, trial.files[0], trial.files[1]});
    }
    trial.config = memory(config);
    trial.config_path = path_of(trial.config);
    trial.state = {memory(""), memory("")};
    return trial;
}

Exit try_out(Trial& trial, const std::function<Exit(Trial&)>& serve)
{
    std::array<int, 2> pipe{};
    privsep::require(::pipe2(pipe.data(), O_CLOEXEC) == 0, "a pipe for the trial");
    Output output{UniqueFd{pipe[0]}};
    UniqueFd theirs{pipe[1]};
    const pid_t watcher = ::fork();
    privsep::require(watcher >= 0, "a process for the trial");
    if (watcher == 0) {
        trace_daemon(serve, trial, theirs);
    }
    theirs.reset();
    std::string failure = try_all(output, trial);
    if (!failure.empty()) {
        send_signal(static_cast<pid_t>(output.number_after(process)), SIGKILL); // this kills its children too
        ::kill(watcher, SIGKILL);
    }
    int status = 0;
    ::waitpid(watcher, &status, 0);
    if (failure.empty() && status != 0) {
        failure = "it does not stop cleanly";
    }
    if (failure.empty() && output.text().find(refused) != std::string::npos) {
        failure = "a process was killed by its filter";
    }
    if (!failure.empty()) {
        report(failure, output.text());
        return Exit::failure;
    }
    if (logs_to_journal()) { // a success is not worth a line there
        return Exit::success;
    }
    std::puts(
        trial.has_network
            ? "trial: all processes start, answer and stop under their filters"
            : "trial: all processes start and stop under their filters; no network, so no queries were sent");
    return Exit::success;
}

} // namespace supervisor
