// Runs the real daemon on free loopback ports, with its own config and state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace support
{

/// A folder with the executables that every user may read, whatever the umask of the build was.
const std::string& installation();

/// `[server]`, `[tcp]`, `[udp]` and `[http]` for the zone dyn.example.org on 127.0.0.1, free ports.
std::string server_config(const std::string& more_of_server = "", const std::string& more_of_tcp = "",
                          const std::string& more_of_http = "");

/// Hosts: home (token secret), office (token other, 2 h), printer (static).
std::string sample_hosts();

struct DaemonStart {
    std::string config = server_config() + sample_hosts();
    std::vector<std::string> options = {"-v"};
    std::vector<std::string> environment = {};
    std::function<void()> before_exec = {};
    std::string predecessors_state = {}; ///< written to state_path() before the first start
    std::string state_folder = {};       ///< empty: a new one
    std::string installed_in = installation();
    bool wait_until_it_serves = true;
};

class Daemon
{
public:
    explicit Daemon(DaemonStart start = {});

    std::uint16_t tcp() const noexcept { return tcp_; }
    std::uint16_t udp() const noexcept { return udp_; }
    std::uint16_t http() const noexcept { return http_; }
    std::uint16_t https() const noexcept { return https_; }
    std::uint16_t metrics() const noexcept { return metrics_; }
    Process& process() { return *process_; }
    std::string config_path() const { return folder_ / "nanodnsd.conf"; }
    std::string state_path() const
    {
        return (how_.state_folder.empty() ? folder_ / "state" : how_.state_folder) + "/nanodnsd.state";
    }
    const Folder& folder() const noexcept { return folder_; }

    /// Process id of "keeper", "updater", "updater-tls" and so on; none if it does not run (yet).
    std::optional<pid_t> child(const std::string& name) const;
    /// All of that name, if there are several.
    std::vector<pid_t> all_of(const std::string& name) const;
    /// All children that run, except a reader, the oldest first.
    std::vector<pid_t> children() const;
    /// Also a reader, and those that have exited but that the supervisor has not waited for.
    std::vector<pid_t> all_children() const;
    /// Kills the child, and waits until another one has taken its place.
    void replace(const std::string& name, int signal);

    void configure(const std::string& config);
    /// Sends SIGHUP, then reads the log up to `until`.
    bool reload(const std::string& until = "serving");
    /// Kills all processes with SIGKILL, and waits until they have exited.
    void kill_all();
    /// Starts again with the same config and state, but other ports.
    void start();
    /// Sends SIGTERM; returns the exit status.
    std::optional<int> stop();

    /// The output of dig +short, without the last line end.
    std::string dig(const std::string& name, const std::string& type, bool over_tcp = false) const;
    /// "STATUS body" of GET /api/update?QUERY.
    std::string update(const std::string& query) const;
    /// Reads the log, from where the last call stopped, until it has `text`; false after `patience`.
    bool logs(const std::string& text);

    /// From the log. The constructor has done it if it waited until the daemon serves.
    void read_ports();

private:
    DaemonStart how_;
    Folder folder_;
    std::unique_ptr<Process> process_;
    std::uint16_t tcp_ = 0;
    std::uint16_t udp_ = 0;
    std::uint16_t http_ = 0;
    std::uint16_t https_ = 0;
    std::uint16_t metrics_ = 0;
    std::size_t read_up_to_ = 0;
};

/// States of proc(5): T is stopped; Z has exited and is not reaped yet.
bool has_state(pid_t pid, char state);

/// Whether the process has a filter and all other layers of lock_down() (privsep/child.h), so that it cannot
/// start processes. The supervisor's filter counts.
bool is_locked_in(pid_t pid);

/// A socket connected to 127.0.0.1, with a receive timeout of `patience`. `from`: the client's address.
privsep::UniqueFd connect_tcp(std::uint16_t port, const std::string& address = "127.0.0.1",
                              const std::string& from = "0.0.0.0");
privsep::UniqueFd connect_udp(std::uint16_t port, const std::string& address = "127.0.0.1",
                              const std::string& from = "0.0.0.0");
void send_all(int fd, const std::string& bytes);
/// One datagram, or the result of one read of a stream; none on a timeout, an error or at the end.
std::optional<std::string> receive(int fd);
/// Reads to the end of the stream.
std::string receive_all(int fd);
/// Exactly `size` bytes, or fewer at the end of the stream.
std::string receive_exactly(int fd, std::size_t size);

} // namespace support
