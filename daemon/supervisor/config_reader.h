// The supervisor's end of the reader: starts it for one config, and waits for its messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "daemon/supervisor/child.h"
#include "daemon/supervisor/deaths.h"
#include "privsep/conversation.h"
#include "privsep/spawn.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"

namespace supervisor
{

/// Opens the config for a reader without waiting, even if it is a pipe. None, with errno, on an error.
privsep::UniqueFd open_config(const std::string& path) noexcept;
/// The same with privsep::ReadingRights.
privsep::UniqueFd open_config_with_rights(const std::string& path) noexcept;

/// Makes exit(3) kill and reap a reader that still runs: a service manager warns of processes that are left.
void reap_reader_at_exit() noexcept;

/// What a valid config wants.
struct Wanted {
    ipc::ConfigSummary summary;
    std::vector<ipc::Endpoint> endpoints;
};

class ConfigReader
{
public:
    /// What a reader is started with.
    struct Start {
        const Program& program;
        int root = -1; ///< an empty directory; -1: none
        ipc::ReaderSetup setup;
        std::uint32_t required_layers = 0; ///< without one of these it is killed
        /// Limits for reading the config and for making the setups. A million hosts take a few seconds.
        /// nullopt: no limit, since at the start the config may be a pipe.
        std::optional<std::chrono::milliseconds> time_to_read = std::nullopt;
        std::chrono::milliseconds time_to_make{20'000}; ///< less than a service manager's timeout to stop
    };

    /// Starts the reader, which waits for a config. `kernel_log` must outlive this.
    ConfigReader(const Start& start, const KernelLog& kernel_log);
    ~ConfigReader() { let_go(); }
    ConfigReader(const ConfigReader&) = delete;
    ConfigReader& operator=(const ConfigReader&) = delete;

    pid_t pid() const noexcept { return process_.pid; }

    /// Sends the config, open for reading. Call it once.
    void send_config(privsep::UniqueFd config);
    /// Waits for what the config wants. Call it once, after send_config(). nullptr if the config has errors
    /// or the reader failed, which is logged.
    const Wanted* read();
    /// Whether read() found errors in the config.
    bool has_errors() const noexcept { return first_error_.has_value(); }
    /// The first error, with its place in the file.
    const std::string& first_error() const noexcept { return *first_error_; }
    /// Kills and reaps it, so that it does not outlive this process.
    void kill_and_reap() noexcept;

    /// Call it once, after read(). `predecessor`: the predecessor's state, to be imported; may be none.
    void make_setups(const ipc::MakeSetups& wanted, const privsep::UniqueFd& predecessor);
    /// Waits for the next setup, which must be sealed and that of this child. None if the reader failed,
    /// which is logged.
    privsep::UniqueFd next(ipc::Role role, std::uint16_t index = 0);

    /// Kills it. It is reaped like all children, when SIGCHLD comes.
    void let_go() noexcept;

private:
    std::optional<ipc::ReaderToSupervisor> receive(privsep::UniqueFd& passed);
    bool locks_itself_down();
    void failed(privsep::Transfer how);
    void reap_and_log();
    void kill(const char* why);
    void forget() noexcept;

    const KernelLog& kernel_log_;
    std::uint32_t required_layers_;
    std::optional<std::chrono::milliseconds> time_to_read_;
    std::chrono::milliseconds time_to_make_;
    privsep::Conversation<ipc::SupervisorToReader, ipc::ReaderToSupervisor> reader_;
    privsep::Process process_; ///< none: it has not started, has failed, or was let go
    std::optional<std::string> first_error_;
    Wanted wanted_;
};

} // namespace supervisor
