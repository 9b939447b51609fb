#include "daemon/supervisor/config_reader.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/sealed_memory.h"
#include "privsep/spawn.h"

namespace supervisor
{

namespace
{

using privsep::Level;
using privsep::Transfer;

privsep::UniqueFd memory_with(const ipc::ReaderSetup& setup)
{
    std::vector<std::uint8_t> octets;
    ipc::append_record(octets, setup);
    privsep::SealedMemory memory{"reader"};
    memory.append(octets);
    return std::move(memory).seal();
}

} // namespace

ConfigReader::ConfigReader(const Start& start, const KernelLog& kernel_log)
    : kernel_log_(kernel_log), required_walls_(start.required_walls)
{
    auto [ours, theirs] = privsep::Channel::pair();
    const privsep::UniqueFd setup = memory_with(start.setup);
    pid_ = privsep::spawn({start.program.executable.get(),
                           "nanodnsd-reader",
                           theirs.get(),
                           setup.get(),
                           start.program.filter.get(),
                           start.root,
                           {start.config}});
    if (pid_ < 0) {
        privsep::log(Level::error, "can not start the reader: {}", {std::strerror(errno)});
    }
    reader_ = {std::move(ours), start.longest_ms};
}

ConfigReader::~ConfigReader()
{
    if (pid_ > 0) {
        end();
    }
}

/// One that is ending already keeps the status that it had.
siginfo_t ConfigReader::end()
{
    ::kill(pid_, SIGKILL);
    siginfo_t death{};
    ::waitid(P_PID, static_cast<id_t>(std::exchange(pid_, -1)), &death, WEXITED);
    return death;
}

void ConfigReader::failed(Transfer how)
{
    if (how == Transfer::closed) {
        const siginfo_t death = end();
        if (death.si_code != CLD_EXITED) { // else it has said why
            privsep::log_text(Level::error, describe_death("reader", death, kernel_log_));
        }
        return;
    }
    privsep::log(Level::error, "reader (pid {}) {}: it is ended",
                 {pid_, how == Transfer::would_block ? "hangs" : "said what can not be said"});
    end();
}

std::optional<ipc::ReaderToSupervisor> ConfigReader::hear(privsep::UniqueFd& passed)
{
    std::optional<ipc::ReaderToSupervisor> message;
    if (pid_ > 0) { // else it has failed before
        const Transfer transfer = reader_.hear(message, passed);
        if (transfer != Transfer::done) {
            failed(transfer);
        }
    }
    return message;
}

bool ConfigReader::locks_itself_down()
{
    privsep::UniqueFd none;
    const auto message = hear(none);
    if (!message) {
        return false;
    }
    const auto* ready = std::get_if<ipc::Ready>(&*message);
    if (ready == nullptr) {
        failed(Transfer::malformed);
        return false;
    }
    const std::uint32_t missing = required_walls_ & ~ready->walls;
    if (missing != 0) {
        privsep::log(Level::error, "reader (pid {}) stands without: {}",
                     {pid_, privsep::wall_names(missing, false)});
    }
    return missing == 0;
}

std::optional<Wanted> ConfigReader::read()
{
    if (!locks_itself_down()) {
        return std::nullopt;
    }
    Wanted wanted;
    privsep::UniqueFd none;
    while (const auto message = hear(none)) {
        if (const auto* endpoint = std::get_if<ipc::Endpoint>(&*message)) {
            wanted.endpoints.push_back(*endpoint);
        } else if (const auto* summary = std::get_if<ipc::ConfigSummary>(&*message);
                   summary != nullptr && summary->workers != 0) {
            wanted.summary = *summary;
            return wanted;
        } else if (std::holds_alternative<ipc::ConfigIsFaulty>(*message)) {
            has_found_faults_ = true;
            return std::nullopt;
        } else {
            failed(Transfer::malformed);
            return std::nullopt;
        }
    }
    return std::nullopt;
}

void ConfigReader::make_setups(const ipc::MakeSetups& wanted, const privsep::UniqueFd& predecessor)
{
    reader_.say(wanted, predecessor.get()); // where it is gone, next() finds out
}

privsep::UniqueFd ConfigReader::next(ipc::Peer peer, std::uint16_t index)
{
    privsep::UniqueFd setup;
    const auto message = hear(setup);
    const auto* made = message ? std::get_if<ipc::SetupMade>(&*message) : nullptr;
    if (message && (made == nullptr || *made != ipc::SetupMade{peer, index} || !setup)) {
        failed(Transfer::malformed);
        return {};
    }
    if (setup && peer == ipc::Peer::keeper) {
        pid_ = -1; // that was the last one: it ends, and is reaped as others are
    }
    return setup;
}

} // namespace supervisor
