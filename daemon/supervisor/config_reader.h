// The reader of the config, as the supervisor sees it: started for one config, and waited for.
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
#include "privsep/unique_fd.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"

namespace supervisor
{

/// To be read by a reader, which waits where there is nothing to read yet. None, with errno, where it cannot
/// be opened.
privsep::UniqueFd open_config(const std::string& path) noexcept;
/// The same with privsep::ReadingRights.
privsep::UniqueFd open_config_with_rights(const std::string& path) noexcept;

/// Where the process ends by exit(3), the reader that still runs is ended and waited for: a service manager
/// complains of processes that are left behind.
void reap_reader_at_exit() noexcept;

/// What a config without an error wants.
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
        std::uint32_t required_layers = 0; ///< it is ended where it stands without one of these
        /// For reading, and then for making the setups. A million hosts take some seconds; a config that is a
        /// pipe may take for ever, which is what nothing stands for.
        std::optional<std::chrono::milliseconds> time_to_read = std::nullopt;
        std::chrono::milliseconds time_to_make{20'000}; ///< less than a service manager waits for an end
    };

    /// Started, to wait for a config. `kernel_log` must outlive this.
    ConfigReader(const Start& start, const KernelLog& kernel_log);
    ~ConfigReader() { let_go(); }
    ConfigReader(const ConfigReader&) = delete;
    ConfigReader& operator=(const ConfigReader&) = delete;

    pid_t pid() const noexcept { return pid_; }

    /// To be called once. `config`: open for reading; this process has it no longer then.
    void ask(privsep::UniqueFd config);
    /// To be called then. Waits for what the config wants. Nothing where it has an error, or its reader
    /// failed: either was said.
    std::optional<Wanted> read();
    /// That was why.
    bool has_errors() const noexcept { return first_error_.has_value(); }
    /// The first of them, with its place in the file.
    const std::string& first_error() const noexcept { return *first_error_; }
    /// Ends it and waits for that, so that nobody finds it behind us when we end.
    void end_and_reap() noexcept;

    /// To be called once, after read(). `predecessor`: its state, to be taken over; may be none.
    void make_setups(const ipc::MakeSetups& wanted, const privsep::UniqueFd& predecessor);
    /// Waits for the next setup, which must be this one's, sealed. Nothing where the reader failed, which was
    /// said.
    privsep::UniqueFd next(ipc::Role role, std::uint16_t index = 0);

    /// Nothing more is wanted of it: it is killed, and reaped as all children are.
    void let_go() noexcept;

private:
    std::optional<ipc::ReaderToSupervisor> hear(privsep::UniqueFd& passed);
    bool locks_itself_down();
    void failed(privsep::Transfer how);
    void reap_and_log();
    void kill(const char* why);

    const KernelLog& kernel_log_;
    std::uint32_t required_layers;
    std::optional<std::chrono::milliseconds> time_to_read_;
    std::chrono::milliseconds time_to_make_;
    privsep::Conversation<ipc::SupervisorToReader, ipc::ReaderToSupervisor> reader_;
    pid_t pid_ = -1; ///< none: it has not started, has failed, or was let go
    std::optional<std::string> first_error_;
};

} // namespace supervisor
