#include "tests/sandbox/locked_child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "daemon/console/syscalls.h"
#include "daemon/keeper/syscalls.h"
#include "daemon/keyholder/syscalls.h"
#include "daemon/reader/setups.h"
#include "daemon/reader/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/updater/syscalls.h"
#include "privsep/filters.h"
#include "privsep/sealed_memory.h"
#include "privsep/spawn.h"
#include "proto/config/config.h"
#include "proto/ipc/zone_feed.h"
#include "tests/support/certificate.h"
#include "tests/support/daemon.h"

namespace sandbox
{

namespace
{

using privsep::UniqueFd;

/// A socket on a free port of 127.0.0.1.
UniqueFd listening(int type)
{
    UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error{"no free port"};
    }
    if (type == SOCK_STREAM) {
        ::listen(fd.get(), 16);
    }
    return fd;
}

/// A listening Unix socket of records, with an address that the kernel chooses.
UniqueFd control_listener()
{
    UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const sa_family_t family = AF_UNIX;
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family) != 0 ||
        ::listen(fd.get(), 64) != 0) {
        throw std::runtime_error{"no control socket"};
    }
    return fd;
}

/// In memory: some thousand children create a state, and none should wait for a disk.
UniqueFd state_file()
{
    return UniqueFd{::memfd_create("state", MFD_CLOEXEC)};
}

/// A file in memory.
UniqueFd file_of(const std::string& content)
{
    UniqueFd fd{::memfd_create("file", MFD_CLOEXEC)};
    if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        throw std::runtime_error{"no room for a file"};
    }
    return fd;
}

const support::Certificate& certificate()
{
    static const support::Certificate certificate;
    return certificate;
}

UniqueFd readers_setup()
{
    std::vector<std::uint8_t> bytes;
    ipc::ReaderSetup setup;
    setup.path = "the config";
    setup.state_path = "the state";
    ipc::append_record(bytes, setup);
    privsep::SealedMemory memory{"reader"};
    memory.append(bytes);
    return std::move(memory).seal();
}

/// The setup and descriptors of a child, besides its channels.
struct Parts {
    std::vector<UniqueFd> own;
    UniqueFd setup;
    std::vector<std::size_t> channels{0}; ///< numbers of peers, in the order that the child expects
};

std::vector<UniqueFd> own_of(const std::string& name)
{
    std::vector<UniqueFd> own;
    const auto add = [&](auto... fds) { (own.push_back(std::move(fds)), ...); };
    if (name == "keeper") {
        add(state_file(), state_file());
    } else if (name == "updater") {
        add(listening(SOCK_STREAM));
    } else if (name == "updater-tls") {
        add(listening(SOCK_STREAM), file_of(support::read_file(certificate().chain())));
    } else if (name == "keyholder") {
        add(file_of(support::read_file(certificate().chain())),
            file_of(support::read_file(certificate().key())));
    } else if (name == "console") {
        add(control_listener(), listening(SOCK_STREAM));
    } else {
        add(listening(SOCK_DGRAM), listening(SOCK_STREAM));
    }
    return own;
}

ipc::WantedSetup wanted_of(const std::string& name)
{
    static const std::map<std::string, ipc::WantedSetup> wanted{
        {"responder", {ipc::Role::responder, 0, 1, 1, 0}},
        {"updater", {ipc::Role::updater, 0, 0, 0, 1}},
        {"updater-tls", {ipc::Role::updater_tls, 0, 0, 0, 0, 1}},
        {"keyholder", {ipc::Role::keyholder}},
        {"keeper", {ipc::Role::keeper, 0, 0, 0, 0}},
        {"console", {ipc::Role::console, 0, 0, 0, 0, 0, 1, 1}}};
    return wanted.at(name);
}

Parts parts_of(const std::string& name, const std::string& config)
{
    Parts parts;
    if (name == "reader") {
        parts.setup = readers_setup();
        parts.channels = {};
        return parts;
    }
    const config::Parsed parsed = config::parse(config);
    const ipc::MakeSetups wanted{
        {wanted_of("responder"), wanted_of("updater"), wanted_of("keeper"), wanted_of("console")}, false};
    const ipc::ReaderSetup own;
    const std::vector<config::SavedHost> imported;
    reader::SetupMaker maker{parsed.config, wanted, own, imported};
    UniqueFd responder = maker.make(wanted.children[0]); // the first; the others need what it finds
    parts.setup = name == "responder" ? std::move(responder) : maker.make(wanted_of(name));
    parts.own = own_of(name);
    if (name == "keeper") {
        parts.channels = {0, 2, 1};
    } else if (name == "updater-tls") {
        parts.channels = {0, 1};
    }
    return parts;
}

int filter_of(const std::string& name)
{
    static const std::vector<std::string> names{"keeper",      "updater",   "responder", "reader",
                                                "updater-tls", "keyholder", "console"};
    static const auto made =
        privsep::make_filters({keeper::syscalls, updater::syscalls, responder::syscalls, reader::syscalls,
                               updater::tls_syscalls, keyholder::syscalls, console::syscalls});
    return made.at(static_cast<std::size_t>(std::ranges::find(names, name) - names.begin())).get();
}

} // namespace

LockedChild::LockedChild(const std::string& name, const std::string& hosts)
{
    const bool is_of_https = name == "updater-tls" || name == "keyholder";
    Parts parts = parts_of(name, support::server_config() +
                                     (is_of_https ? "[https]\ncertificate = /chain\nkey = /key\n" : "") +
                                     (hosts.empty() ? support::sample_hosts() : hosts));
    privsep::ChildStart start;
    for (const UniqueFd& fd : parts.own) {
        start.descriptors.push_back(fd.get());
    }
    std::vector<privsep::Channel> theirs;
    for (const std::size_t peer : parts.channels) {
        theirs.emplace_back();
        std::tie(peers_.at(peer), theirs.back()) = privsep::Channel::pair();
        start.descriptors.push_back(theirs.back().get());
    }
    auto [ours, control] = privsep::Channel::pair();
    const UniqueFd executable{
        ::open((support::installation() + "/libexec/nanodnsd/" + name).c_str(), O_PATH | O_CLOEXEC)};
    start.executable = executable.get();
    start.name = "nanodnsd-child";
    start.control = control.get();
    start.setup = parts.setup.get();
    start.filter = filter_of(name);
    pid_ = privsep::spawn(start).pid;
    control_ = Control{std::move(ours)};
    own_ = std::move(parts.own);
    control = privsep::Channel{};
    get_ready(name);
}

/// Sends the child what it waits for.
void LockedChild::get_ready(const std::string& name)
{
    if (name == "responder") {
        privsep::TypedChannel<ipc::KeeperToResponder, ipc::KeeperToResponder> feed{std::move(peers_[0])};
        feed.send(ipc::Complete{1});
        control_.send(ipc::CookieSecrets{});
        peers_[0] = feed.release();
    }
    const auto first = hear();
    if (!first || !std::holds_alternative<ipc::Ready>(*first)) {
        throw std::runtime_error{"the child does not get ready"};
    }
}

LockedChild::~LockedChild()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, __WALL);
}

std::string LockedChild::state(unsigned number) const
{
    const int fd = own_.at(number).get();
    std::string content(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
    const ssize_t size = ::pread(fd, content.data(), content.size(), 0);
    content.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return content;
}

std::uint16_t LockedChild::port() const
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(own_.at(0).get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

UniqueFd LockedChild::connect() const
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(own_.at(0).get(), reinterpret_cast<sockaddr*>(&address), &size);
    UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    int error = 0;
    const auto is_decided = [&] {
        error = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : errno;
        return error != EAGAIN; // the console has not accepted the clients before this one yet
    };
    if (!support::eventually(is_decided) || error != 0) {
        throw std::runtime_error{std::string{"the console cannot be reached: "} + std::strerror(error)};
    }
    return fd;
}

std::optional<ipc::ConsoleToSupervisor> LockedChild::hear()
{
    pollfd wait{control_.get(), POLLIN, 0};
    std::optional<ipc::ConsoleToSupervisor> message;
    const int patience_ms = static_cast<int>(std::chrono::milliseconds{support::patience}.count());
    if (::poll(&wait, 1, patience_ms) == 1) {
        control_.receive(message);
    }
    return message;
}

bool LockedChild::answers()
{
    const ipc::Ping ping{++pings_};
    if (control_.send(ping) != privsep::Transfer::done) {
        return false;
    }
    for (auto heard = hear(); heard; heard = hear()) {
        const auto* pong = std::get_if<ipc::Pong>(&*heard);
        if (pong != nullptr && pong->number == ping.number) {
            return true;
        }
    }
    return false;
}

bool LockedChild::lives() const
{
    siginfo_t end{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           end.si_pid == 0;
}

std::size_t LockedChild::descriptors() const
{
    const std::filesystem::directory_iterator entries{"/proc/" + std::to_string(pid_) + "/fd"};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::size_t LockedChild::private_memory() const
{
    // not the clean pages: those of a library become private when the last other process that maps it ends
    const std::string rollup = support::read_proc(pid_, "smaps_rollup");
    const std::string key = "Private_Dirty:";
    return std::stoul(rollup.substr(rollup.find(key) + key.size())) * 1024;
}

} // namespace sandbox
