#include "daemon/supervisor/config_reader.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <utility>

#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "privsep/sealed_memory.h"

namespace supervisor
{

namespace
{

using privsep::Level;
using privsep::Transfer;
using std::chrono::steady_clock;

constexpr const char* invalid_message = "sent an invalid message";

constinit const privsep::Process* left_at_exit = nullptr; ///< killed and reaped by reap_at_exit()

void reap_at_exit()
{
    if (left_at_exit != nullptr && privsep::kill_process(left_at_exit->handle)) {
        wait_for_exit(left_at_exit->pid);
    }
}

privsep::UniqueFd memory_with(const ipc::ReaderSetup& setup)
{
    std::vector<std::uint8_t> bytes;
    ipc::append_record(bytes, setup);
    privsep::SealedMemory memory{"reader"};
    memory.append(bytes);
    return std::move(memory).seal();
}

} // namespace

privsep::UniqueFd open_config(const std::string& path) noexcept
{
    // opening a pipe that has no writer must not block
    return privsep::UniqueFd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
}

privsep::UniqueFd open_config_with_rights(const std::string& path) noexcept
{
    privsep::UniqueFd config;
    int error = 0;
    {
        const privsep::ReadingRights rights;
        config = open_config(path);
        error = errno;
    }
    errno = error;
    return config;
}

void reap_reader_at_exit() noexcept
{
    std::atexit(reap_at_exit);
}

ConfigReader::ConfigReader(const Start& start, const KernelLog& kernel_log)
    : kernel_log_(kernel_log), required_layers_(start.required_layers), time_to_read_(start.time_to_read),
      time_to_make_(start.time_to_make)
{
    auto [ours, theirs] = privsep::Channel::pair();
    const privsep::UniqueFd setup = memory_with(start.setup);
    process_ = privsep::spawn({start.program.executable.get(),
                               "nanodnsd-reader",
                               theirs.get(),
                               setup.get(),
                               start.program.filter.get(),
                               start.root,
                               {}});
    if (process_.pid < 0) {
        privsep::log(Level::error, "cannot start reader: {}", {std::strerror(errno)});
    }
    reader_ = decltype(reader_){std::move(ours)};
    left_at_exit = &process_;
}

void ConfigReader::forget() noexcept
{
    left_at_exit = nullptr;
    process_ = {};
    reader_ = {};
}

void ConfigReader::let_go() noexcept
{
    privsep::kill_process(process_.handle); // if there is none, this fails
    forget();
}

void ConfigReader::kill(const char* why)
{
    privsep::log(Level::error, "reader (pid {}) {}: killing it", {process_.pid, why});
    let_go();
}

void ConfigReader::kill_and_reap() noexcept
{
    const pid_t pid = process_.pid;
    let_go();
    if (pid > 0) {
        wait_for_exit(pid);
    }
}

void ConfigReader::failed(Transfer how)
{
    if (how == Transfer::closed) {
        reap_and_log();
    } else {
        kill(how == Transfer::would_block ? "hangs" : invalid_message);
    }
}

/// A reader that exits with EXIT_FAILURE has logged the reason.
void ConfigReader::reap_and_log()
{
    const bool exits = privsep::kill_process(process_.handle); // it may have closed only the channel
    siginfo_t death{};
    ::waitid(P_PID, static_cast<id_t>(process_.pid), &death, exits ? WEXITED : WEXITED | WNOHANG);
    if (death.si_pid == 0) {
        privsep::log(Level::error, "reader (pid {}) closed its channel and cannot be killed", {process_.pid});
    } else if (death.si_code != CLD_EXITED || death.si_status != EXIT_FAILURE) {
        privsep::log_text(Level::error, describe_death("reader", death, kernel_log_));
    }
    forget();
}

std::optional<ipc::ReaderToSupervisor> ConfigReader::receive(privsep::UniqueFd& passed)
{
    std::optional<ipc::ReaderToSupervisor> message;
    if (process_.pid > 0) {
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
    const auto message = receive(none);
    const auto* ready = message ? std::get_if<ipc::Ready>(&*message) : nullptr;
    if (ready == nullptr) {
        if (message) {
            kill(invalid_message);
        }
        return false;
    }
    const std::uint32_t missing = required_layers_ & ~ready->layers;
    if (missing != 0) {
        privsep::log(Level::error, "reader (pid {}) lacks required sandbox layers: {}",
                     {process_.pid, privsep::missing_layers(~missing)});
    }
    return missing == 0;
}

void ConfigReader::send_config(privsep::UniqueFd config)
{
    if (time_to_read_) {
        reader_.end_by(steady_clock::now() + *time_to_read_);
    }
    reader_.say(ipc::ReadConfig{}, config.get()); // if the reader is gone, read() reports it
    config.reset();
}

const Wanted* ConfigReader::read()
{
    if (!locks_itself_down()) {
        return nullptr;
    }
    privsep::UniqueFd none;
    while (const auto message = receive(none)) {
        const auto* endpoint = std::get_if<ipc::Endpoint>(&*message);
        const auto* summary = std::get_if<ipc::ConfigSummary>(&*message);
        if (endpoint != nullptr && wanted_.endpoints.size() < ipc::max_endpoints) {
            wanted_.endpoints.push_back(*endpoint);
        } else if (summary != nullptr && summary->workers > 0 && summary->workers <= ipc::max_workers) {
            wanted_.summary = *summary;
            return &wanted_;
        } else if (const auto* invalid = std::get_if<ipc::ConfigHasErrors>(&*message)) {
            first_error_ = invalid->first;
            return nullptr;
        } else {
            kill(invalid_message);
        }
    }
    return nullptr;
}

void ConfigReader::make_setups(const ipc::MakeSetups& wanted, const privsep::UniqueFd& predecessor)
{
    reader_.end_by(steady_clock::now() + time_to_make_);
    reader_.say(wanted, predecessor.get()); // if the reader is gone, next() reports it
}

privsep::UniqueFd ConfigReader::next(ipc::Role role, std::uint16_t index)
{
    privsep::UniqueFd setup;
    const auto message = receive(setup);
    if (!message) {
        return {};
    }
    const auto* made = std::get_if<ipc::SetupMade>(&*message);
    if (made == nullptr || *made != ipc::SetupMade{role, index}) {
        kill(invalid_message);
        return {};
    }
    if (!setup) {
        kill("sent no setup");
        return {};
    }
    if (!privsep::is_sealed(setup)) {
        kill("sent a setup that is not sealed");
        return {};
    }
    return setup;
}

} // namespace supervisor
