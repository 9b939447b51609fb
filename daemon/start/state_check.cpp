#include "daemon/start/state_check.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <span>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/start/boot.h"
#include "daemon/start/programs.h"
#include "daemon/start/state_files.h"
#include "daemon/supervisor/config_reader.h"
#include "daemon/supervisor/deaths.h"
#include "privsep/child.h"
#include "privsep/fail.h"
#include "privsep/filters.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "privsep/sealed_memory.h"
#include "privsep/spawn.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

/// The keeper's executable reads the state, but under the reader's filter: it has two files to read, no
/// channel, and writes only text.
constexpr auto report_rows =
    std::to_array<Role>({{.id = ipc::Role::keeper, .name = "keeper", .filter = reader_filter}});

Programs open_report_programs()
{
    std::vector<UniqueFd> filters = privsep::make_filters({reader_filter, reader_filter});
    return open_programs({.roles = report_rows, .edges = {}}, filters);
}

/// Starts a reader, which checks the config again.
ConfigReader::Start start_of_reader(const Options& options, const Programs& programs, const UniqueFd& root)
{
    ConfigReader::Start start{programs.reader, root.get(), {}, privsep::required_layers};
    start.setup.path = options.config_name;
    start.setup.state_path = options.state;
    start.setup.is_check = true;
    start.setup.was_root = privsep::is_root();
    start.setup.start = point_of_start();
    return start;
}

/// With the owner that the config sets. systemd gives a StateDirectory to a dynamic user, whose name exists
/// only while the unit runs: then the folder tells its owner.
StateOwner find_owner(const std::string& path, const ipc::ConfigSummary& config)
{
    constexpr uid_t first_dynamic = 61184; // systemd: UIDS-GIDS
    constexpr uid_t last_dynamic = 65519;
    struct stat folder {
    };
    if (!privsep::is_root()) {
        return {};
    }
    if (::stat(folder_of(path).c_str(), &folder) == 0 && folder.st_uid >= first_dynamic &&
        folder.st_uid <= last_dynamic) {
        return {privsep::Identity{folder.st_uid, folder.st_gid}, ""};
    }
    return owner_of_state(config.user, config.group, privsep::find_identity(config.user, config.group));
}

UniqueFd empty_memory()
{
    return privsep::SealedMemory{"empty"}.seal();
}

/// For a config with errors: only the path of the state, for messages.
UniqueFd setup_without_config(const Options& options)
{
    ipc::KeeperSetup head;
    head.state_path = options.state;
    head.start = point_of_start();
    std::vector<std::uint8_t> bytes;
    ipc::append_record(bytes, head);
    privsep::SealedMemory memory{"keeper"};
    memory.append(bytes);
    return std::move(memory).seal();
}

/// A keeper's setup, with the hosts of the predecessor's state. None if that has errors, which the reader has
/// logged.
UniqueFd make_setup(ConfigReader& reader, const UniqueFd& predecessor)
{
    reader.make_setups({.children = {{.role = ipc::Role::responder}, {.role = ipc::Role::keeper}}},
                       predecessor);
    return reader.next(ipc::Role::responder) ? reader.next(ipc::Role::keeper) : UniqueFd{};
}

/// Waits for the process that prints the report.
Exit wait_for_report(const privsep::Process& process, const KernelLog& kernel_log)
{
    privsep::require(process.pid >= 0, "starting the report of the state");
    const siginfo_t death = wait_for_exit(process.pid);
    if (death.si_code != CLD_EXITED) {
        privsep::log_text(privsep::Level::error, describe_death("report of the state", death, kernel_log));
    }
    return death.si_code == CLD_EXITED && death.si_status == EXIT_SUCCESS ? Exit::success : Exit::failure;
}

Exit report(const Options& options, bool config_is_valid)
{
    const Programs programs = open_report_programs();
    const UniqueFd root = privsep::make_empty_root("/tmp");
    const KernelLog kernel_log;
    const Wanted nothing;
    const Wanted* wanted = &nothing;
    std::optional<ConfigReader> reader;
    if (config_is_valid) {
        reap_reader_at_exit();
        reader.emplace(start_of_reader(options, programs, root), kernel_log);
        reader->send_config(open_config(options.config));
        wanted = reader->read();
    }
    if (wanted == nullptr) {
        return Exit::failure;
    }
    StateFiles state = look_at_state(options.state, find_owner(options.state, wanted->summary));
    const UniqueFd setup = reader ? make_setup(*reader, state.predecessor) : setup_without_config(options);
    if (!setup) {
        return Exit::failure;
    }
    for (UniqueFd& file : state.file) {
        file = file ? std::move(file) : empty_memory();
    }
    const auto channel = privsep::Channel::pair(); // spawn() passes one; nothing is said there
    const Program& reporter = programs.children.front();
    return wait_for_report(privsep::spawn({reporter.executable.get(),
                                           "nanodnsd-state",
                                           channel.second.get(),
                                           setup.get(),
                                           reporter.filter.get(),
                                           root.get(),
                                           {state.file[0].get(), state.file[1].get()}}),
                           kernel_log);
}

} // namespace

Exit check_state(const Options& options, bool config_is_valid)
{
    // in a process of its own, because an error of the state must not end the check
    const pid_t pid = ::fork();
    privsep::require(pid >= 0, "a process for the state");
    if (pid == 0) {
        std::exit(static_cast<int>(report(options, config_is_valid)));
    }
    const siginfo_t death = wait_for_exit(pid);
    return death.si_code == CLD_EXITED && death.si_status == EXIT_SUCCESS ? Exit::success : Exit::failure;
}

} // namespace supervisor
