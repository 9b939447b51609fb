#include "tests/support/daemon.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <poll.h>
#include <regex>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace support
{

namespace
{

using privsep::UniqueFd;

std::uint16_t port_line(const std::string& output, const std::string& name)
{
    const std::size_t at = ("\n" + output).find("\n" + name + " ");
    return at == std::string::npos
               ? std::uint16_t{0}
               : static_cast<std::uint16_t>(std::stoi(output.substr(at + name.size() + 1)));
}

sockaddr_in socket_address(const std::string& address, std::uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
    return result;
}

UniqueFd connected(int type, std::uint16_t port, const std::string& address, const std::string& from)
{
    UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    const timeval timeout{patience.count(), 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    const sockaddr_in own = socket_address(from, 0);
    const sockaddr_in to = socket_address(address, port);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        throw std::runtime_error{"cannot connect"};
    }
    return fd;
}

/// "nanodnsd-responder", of several responders without the number behind it; empty if the process has exited.
std::string name_of(pid_t pid)
{
    const std::string name = read_proc(pid, "cmdline").c_str(); // up to its first zero byte
    const std::size_t end = name.find_last_not_of("0123456789");
    return end + 1 < name.size() && name[end] == '-' ? name.substr(0, end) : name;
}

} // namespace

const std::string& installation()
{
    static const Folder folder;
    static const bool copied = [] {
        const std::filesystem::path to{folder.path()};
        std::filesystem::create_directories(to / "libexec/nanodnsd");
        std::filesystem::create_directories(to / "bin");
        for (const char* name :
             {"bin/nanodnsd", "bin/nanodnsctl", "libexec/nanodnsd/responder", "libexec/nanodnsd/updater",
              "libexec/nanodnsd/updater-tls", "libexec/nanodnsd/keyholder", "libexec/nanodnsd/console",
              "libexec/nanodnsd/keeper", "libexec/nanodnsd/reader", "libexec/nanodnsd/init"}) {
            std::filesystem::copy_file(std::filesystem::path{BUILD_DIR} / name, to / name);
            ::chmod((to / name).c_str(), std::string_view{name}.starts_with("bin") ? 0755 : 0711);
        }
        for (const char* name : {"bin", "libexec", "libexec/nanodnsd"}) {
            ::chmod((to / name).c_str(), 0755);
        }
        return true;
    }();
    static_cast<void>(copied);
    return folder.path();
}

std::string server_config(const std::string& more_of_server, const std::string& more_of_tcp,
                          const std::string& more_of_http)
{
    return "[server]\ndomain = dyn.example.org\nnameserver = ns.example.org\nemail = "
           "host.master@example.org\n"
           "listen = 127.0.0.1\n" +
           more_of_server + "[udp]\nport = 0\n[tcp]\nport = 0\n" + more_of_tcp +
           "[http]\nport = 0\nlisten = 127.0.0.1\n" + more_of_http;
}

std::string sample_hosts()
{
    return "[@home]\ntoken = secret\n[@office]\ntoken = other\nexpire = 2h\n"
           "[@printer]\na = 192.0.2.80\naaaa = 2001:db8::80\n";
}

Daemon::Daemon(DaemonStart start) : how_(std::move(start))
{
    std::filesystem::create_directory(folder_ / "state");
    ::chmod((folder_ / "state").c_str(), 0755); // root's, as the daemon requires; see folder_of_ordinary
    configure(how_.config);
    if (!how_.predecessors_state.empty()) {
        write_file(state_path(), how_.predecessors_state);
    }
    this->start();
}

void Daemon::start()
{
    Start start{{how_.installed_in + "/bin/nanodnsd", "-c", config_path(), "-s", state_path()},
                how_.environment,
                how_.before_exec};
    start.command.insert(start.command.end(), how_.options.begin(), how_.options.end());
    folder_of_ordinary = std::filesystem::path{state_path()}.parent_path();
    process_ = std::make_unique<Process>(start);
    folder_of_ordinary.clear();
    read_up_to_ = 0;
    if (how_.wait_until_it_serves) {
        if (!logs("nanodnsd: serving ")) {
            throw std::runtime_error{"the daemon does not serve: " + process_->output()};
        }
        read_ports();
    }
}

void Daemon::read_ports()
{
    const std::string& output = process_->output();
    tcp_ = port_line(output, "tcp");
    udp_ = port_line(output, "udp");
    http_ = port_line(output, "http");
    https_ = port_line(output, "https");
    metrics_ = port_line(output, "metrics");
}

std::optional<pid_t> Daemon::child(const std::string& name) const
{
    const std::vector<pid_t> all = all_of(name);
    return all.empty() ? std::nullopt : std::optional{all.front()};
}

std::vector<pid_t> Daemon::all_children() const
{
    std::vector<pid_t> result;
    const std::string self = std::to_string(process_->pid());
    const std::string children = read_file("/proc/" + self + "/task/" + self + "/children");
    for (std::size_t at = 0; at < children.size();) {
        const std::size_t end = children.find(' ', at);
        result.push_back(std::stoi(children.substr(at, end - at)));
        at = end + 1;
    }
    return result;
}

std::vector<pid_t> Daemon::children() const
{
    std::vector<pid_t> result = all_children();
    std::erase_if(result, [](pid_t pid) {
        const std::string name = name_of(pid);
        return name.empty() || name == "nanodnsd-reader";
    });
    return result;
}

std::vector<pid_t> Daemon::all_of(const std::string& name) const
{
    std::vector<pid_t> result = all_children();
    std::erase_if(result, [&](pid_t pid) { return name_of(pid) != "nanodnsd-" + name; });
    return result;
}

void Daemon::replace(const std::string& name, int signal)
{
    process_->output();
    read_up_to_ = process_->output().size();
    ::kill(child(name).value(), signal);
    if (!logs(name + " (pid ") || !logs(" serves\n")) {
        throw std::runtime_error{"no other " + name + ": " + process_->output()};
    }
}

void Daemon::configure(const std::string& config)
{
    write_file(config_path(), config);
    ::chmod(config_path().c_str(), 0644);
}

bool Daemon::reload(const std::string& until)
{
    read_up_to_ = process_->output().size();
    process_->signal(SIGHUP);
    return logs(until);
}

void Daemon::kill_all()
{
    std::vector<pid_t> all = all_children();
    all.insert(all.begin(), process_->pid());
    std::vector<UniqueFd> handles;
    for (const pid_t pid : all) {
        handles.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        ::kill(pid, SIGKILL);
    }
    process_->wait();
    for (const UniqueFd& handle : handles) {
        pollfd end{handle.get(), POLLIN, 0};
        ::poll(&end, handle ? 1 : 0, static_cast<int>(std::chrono::milliseconds{patience}.count()));
    }
}

std::optional<int> Daemon::stop()
{
    process_->signal(SIGTERM);
    return process_->wait();
}

bool Daemon::logs(const std::string& text)
{
    const auto found = process_->wait_for(text, read_up_to_);
    read_up_to_ = found.value_or(read_up_to_);
    return found.has_value();
}

std::string Daemon::dig(const std::string& name, const std::string& type, bool over_tcp) const
{
    std::string output = run({"dig", "@127.0.0.1", "-p", std::to_string(over_tcp ? tcp_ : udp_), "+short",
                              "+tries=1", "+norec", over_tcp ? "+tcp" : "+notcp", name, type})
                             .output;
    if (!output.empty()) {
        output.pop_back();
    }
    return output;
}

std::string Daemon::update(const std::string& query) const
{
    const Result result = run({"curl", "-s", "--max-time", "20", "-w", "%{http_code}",
                               "http://127.0.0.1:" + std::to_string(http_) + "/api/update?" + query});
    const std::size_t body = result.output.size() < 3 ? 0 : result.output.size() - 3;
    return result.output.substr(body) + " " + result.output.substr(0, body);
}

bool has_state(pid_t pid, char state)
{
    return read_proc(pid, "status").find(std::string{"State:\t"} + state) != std::string::npos;
}

bool is_locked_in(pid_t pid)
{
    static const std::regex no_process{"Max processes +0 "};
    return std::regex_search(read_proc(pid, "limits"), no_process) &&
           read_proc(pid, "status").find("Seccomp:\t2") != std::string::npos;
}

UniqueFd connect_tcp(std::uint16_t port, const std::string& address, const std::string& from)
{
    return connected(SOCK_STREAM, port, address, from);
}

UniqueFd connect_udp(std::uint16_t port, const std::string& address, const std::string& from)
{
    return connected(SOCK_DGRAM, port, address, from);
}

void send_all(int fd, const std::string& bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t size = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) {
            return;
        }
        sent += static_cast<std::size_t>(size);
    }
}

std::optional<std::string> receive(int fd)
{
    std::array<char, 65536> piece{};
    const ssize_t size = ::recv(fd, piece.data(), piece.size(), 0);
    return size > 0 ? std::optional<std::string>{std::in_place, piece.data(), static_cast<std::size_t>(size)}
                    : std::nullopt;
}

std::string receive_all(int fd)
{
    std::string all;
    while (const auto piece = receive(fd)) {
        all += *piece;
    }
    return all;
}

std::string receive_exactly(int fd, std::size_t size)
{
    std::string all(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        const ssize_t piece = ::recv(fd, all.data() + got, size - got, 0);
        if (piece <= 0) {
            break;
        }
        got += static_cast<std::size_t>(piece);
    }
    all.resize(got);
    return all;
}

} // namespace support
