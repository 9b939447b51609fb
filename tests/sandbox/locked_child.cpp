#include "tests/sandbox/locked_child.h"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <vector>

#include "daemon/supervisor/setups.h"
#include "privsep/spawn.h"
#include "proto/config/config.h"
#include "proto/ipc/zone_feed.h"
#include "tests/support/daemon.h"

namespace sandbox
{

namespace
{

using privsep::UniqueFd;

UniqueFd listening(int type)
{
    UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (type == SOCK_STREAM) {
        ::listen(fd.get(), 1); // binds a free port
    }
    return fd;
}

UniqueFd state_file(const std::string& path)
{
    return UniqueFd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
}

/// What a child gets besides its channels.
struct Parts {
    std::vector<UniqueFd> own;
    const UniqueFd* setup = nullptr;
    std::size_t channels = 1;
};

Parts parts_of(const std::string& name, const supervisor::Setups& setups, const support::Folder& folder)
{
    Parts parts;
    if (name == "keeper") {
        parts.own.push_back(state_file(folder / "state.0"));
        parts.own.push_back(state_file(folder / "state.1"));
        parts.setup = &setups.keeper;
        parts.channels = 2;
    } else if (name == "updater") {
        parts.own.push_back(listening(SOCK_STREAM));
        parts.setup = &setups.updater;
    } else {
        parts.own.push_back(listening(SOCK_DGRAM));
        parts.own.push_back(listening(SOCK_STREAM));
        parts.setup = &setups.responders[0];
    }
    return parts;
}

} // namespace

LockedChild::LockedChild(const std::string& name)
{
    const config::Parsed parsed = config::parse(support::server_config() + support::sample_hosts());
    const supervisor::Setups setups = supervisor::make_setups(parsed.config, {}, {1, 1, 1}, {false, 0}, {});
    const Parts parts = parts_of(name, setups, folder_);
    privsep::ChildStart start;
    for (const UniqueFd& fd : parts.own) {
        start.descriptors.push_back(fd.get());
    }
    std::array<privsep::Channel, 2> theirs;
    for (std::size_t i = 0; i < parts.channels; ++i) {
        std::tie(peers_[i], theirs[i]) = privsep::Channel::pair();
        start.descriptors.push_back(theirs[i].get());
    }
    auto [ours, control] = privsep::Channel::pair();
    const UniqueFd executable{
        ::open((support::installation() + "/libexec/nanodnsd/" + name).c_str(), O_PATH | O_CLOEXEC)};
    start.executable = executable.get();
    start.name = "nanodnsd-child";
    start.control = control.get();
    start.setup = parts.setup->get();
    pid_ = privsep::spawn(start);
    control_ = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>{std::move(ours)};
    if (name == "responder") {
        privsep::TypedChannel<ipc::KeeperToResponder, ipc::KeeperToResponder> feed{std::move(peers_[0])};
        feed.send(ipc::Complete{1});
        peers_[0] = feed.release();
    }
    wait_until_ready();
}

void LockedChild::wait_until_ready()
{
    pollfd wait{control_.get(), POLLIN, 0};
    std::optional<ipc::ChildToSupervisor> message;
    const int patience_ms = static_cast<int>(std::chrono::milliseconds{support::patience}.count());
    if (::poll(&wait, 1, patience_ms) != 1 || control_.receive(message) != privsep::Transfer::done ||
        !std::holds_alternative<ipc::Ready>(*message)) {
        throw std::runtime_error{"the child does not get ready"};
    }
}

LockedChild::~LockedChild()
{
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

namespace
{

std::uint64_t number_of(const Call& call)
{
    constexpr std::uint64_t x32_bit = 0x40000000;
    return static_cast<std::uint64_t>(call.number) | (call.entry == Entry::x32 ? x32_bit : 0);
}

/// Registers for the call, at an instruction that enters the kernel. The process stands behind a `syscall`,
/// which is what it waits in; for an i386 entry that instruction is overwritten by `int $0x80`.
bool prepare(pid_t pid, const Call& call)
{
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) {
        return false;
    }
    constexpr std::uint64_t instruction_size = 2;
    registers.rip -= instruction_size;
    registers.orig_rax = static_cast<unsigned long long>(-1); // nothing is to be restarted
    registers.rax = number_of(call);
    const auto& a = call.arguments;
    if (call.entry == Entry::i386) {
        registers.rbx = a[0], registers.rcx = a[1], registers.rdx = a[2];
        errno = 0;
        const long code = ::ptrace(PTRACE_PEEKTEXT, pid, registers.rip, nullptr);
        constexpr long two_octets = 0xFFFF;
        constexpr long int_80 = 0x80CD;
        if (errno != 0 || ::ptrace(PTRACE_POKETEXT, pid, registers.rip, (code & ~two_octets) | int_80) != 0) {
            return false;
        }
    } else {
        registers.rdi = a[0], registers.rsi = a[1], registers.rdx = a[2];
        registers.r10 = a[3], registers.r8 = a[4], registers.r9 = a[5];
    }
    return ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers) == 0;
}

} // namespace

Fate issue(pid_t pid, const Call& call)
{
    int status = 0;
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACESYSGOOD) != 0 ||
        ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) != 0 || ::waitpid(pid, &status, 0) != pid ||
        !WIFSTOPPED(status) || !prepare(pid, call)) {
        return Fate::other;
    }
    // the stop at the entry comes before the filter, the stop at the exit only where it let the call pass
    long signal = 0;
    for (int stops = 0; stops < 3; stops += signal == 0 ? 1 : 0) {
        if (::ptrace(PTRACE_SYSCALL, pid, nullptr, signal) != 0 || ::waitpid(pid, &status, 0) != pid) {
            return Fate::other;
        }
        if (WIFSIGNALED(status)) {
            return WTERMSIG(status) == SIGSYS ? Fate::killed
                                              : (WTERMSIG(status) == SIGILL ? Fate::illegal : Fate::other);
        }
        if (WIFEXITED(status)) {
            return Fate::returned; // exit_group(2), which is allowed
        }
        signal = WSTOPSIG(status) == SIGILL ? SIGILL : 0;
    }
    return Fate::returned;
}

} // namespace sandbox
