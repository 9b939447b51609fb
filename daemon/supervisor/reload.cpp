// Reload: reads and checks the new configuration, then applies or refuses it.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "daemon/common/file_access.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

constexpr const char* unusable = "the new configuration could not be used";
/// The supervisor does nothing but wait for the reader. Twice this limit and a watchdog period, which may
/// have started earlier, are less than the timeout of nanodnsd.service.
constexpr std::chrono::milliseconds longest_reading{8000};
/// For a child that checks the files that the configuration names.
constexpr std::chrono::milliseconds longest_check{5000};

/// With privsep::ReadingRights.
privsep::UniqueFd open_with_rights(const std::string& path, const privsep::Identity& own, std::string& why)
{
    privsep::UniqueFd file = open_config_with_rights(path);
    if (!file) {
        why = common::why_unreadable(path, errno, own.uid, own.gid);
    }
    return file;
}

} // namespace

void Supervisor::refuse_to_reload(const std::string& why)
{
    privsep::log(privsep::Level::error, "reload refused, the old configuration stays in force: {}", {why});
    notify_of_refusal(why);
}

/// A service manager that sends the signal itself (Type=notify-reload) waits for the end of the reload, even
/// of a refused one.
void Supervisor::notify_of_refusal(const std::string& why)
{
    refusal_ = why;
    resources_.notifier.reloading();
    resources_.notifier.ready(status());
    answer_reload(ipc::ReloadResult::refused, why);
}

std::optional<std::string> Supervisor::reason_to_refuse(const Wanted& wanted) const
{
    if (const auto missing = resources_.sockets.missing(wanted.endpoints)) {
        return base::filled("listening on {} needs a restart", {*missing});
    }
    const bool is_other_socket = wanted.summary.control_path != in_force_.control_path ||
                                 wanted.summary.control_group != in_force_.control_group;
    if (is_other_socket && !wanted.summary.control_path.empty() && !resources_.sockets.were_passed()) {
        return "another control socket or its group needs a restart";
    }
    const bool is_other_user =
        wanted.summary.user != in_force_.user || wanted.summary.group != in_force_.group;
    if (is_other_user && resources_.reader.was_root) {
        return "another user= or group= needs a restart";
    }
    return std::nullopt;
}

void Supervisor::reload()
{
    reload_is_wanted_ = phase_ != Phase::serving; // if so, it follows in Phase::serving
    if (reload_is_wanted_) {
        return;
    }
    std::string why;
    privsep::UniqueFd config = open_with_rights(resources_.config_path, resources_.identity, why);
    if (!config) {
        refuse_to_reload(why);
        return;
    }
    ipc::ReaderSetup setup = resources_.reader;
    setup.is_reload = true;
    ConfigReader reader{{resources_.programs.reader, resources_.root.get(), setup, privsep::required_layers,
                         longest_reading, longest_reading},
                        resources_.kernel_log};
    reader.send_config(std::move(config));
    if (const Wanted* const wanted = reader.read()) {
        const auto reason = reason_to_refuse(*wanted);
        if (reason || !take_config(reader, *wanted)) {
            refuse_to_reload(reason ? *reason : unusable_);
        }
    } else if (reader.has_errors()) {
        notify_of_refusal(reader.first_error()); // the reader has logged it
    } else {
        refuse_to_reload(unusable);
    }
}

/// Starts those that overlap the old ones, and waits for those that check files. False if the configuration
/// cannot be used: `unusable_` says why.
bool Supervisor::start_with(Generation& next, ConfigReader& reader, const Wanted& wanted)
{
    unusable_ =
        copy_files(next.files, wanted.summary, resources_.config_path, open_with_rights, resources_.identity);
    if (!unusable_.empty()) {
        return false;
    }
    unusable_ = unusable;
    return take_setups(reader, next, wanted_setups(next, wanted.summary.workers), {}) &&
           files_are_usable(next);
}

/// Waits for those that check files and overlap the old ones.
bool Supervisor::files_are_usable(const Generation& generation)
{
    return std::ranges::all_of(generation.with(Handover::overlapping), [](Child* child) {
        return child->role().files.empty() || child->is_ready_within(longest_check);
    });
}

/// False if it cannot be used: then nothing has changed.
bool Supervisor::take_config(ConfigReader& reader, const Wanted& wanted)
{
    Sockets unwanted = resources_.sockets.split_off_all_but(wanted.endpoints);
    Generation next = make_children(wanted.summary);
    if (!start_with(next, reader, wanted)) {
        abandon(next);
        resources_.sockets.take_back(std::move(unwanted));
        return false;
    }
    resources_.notifier.reloading();
    old_ = std::exchange(now_, std::move(next));
    for (const auto& child : old_.children()) {
        deadlines_.clear(Due::restart, child.get());
        if (Child* const successor = now_.find(child->role().id, child->place().index)) {
            successor->succeed(*child);
        }
    }
    in_force_ = wanted.summary;
    refusal_.clear();
    answer_reload(ipc::ReloadResult::taken, "");
    step(Phase::relieving);
    return true;
}

/// Kills the children that run. They are reaped without a line in the log. None has served yet, for it has no
/// keeper, so their pages of counters have nothing to clear.
void Supervisor::abandon(Generation& generation)
{
    for (const auto& child : generation.children()) {
        child->kill();
        deadlines_.clear(Due::restart, child.get());
    }
    generation = {};
}

} // namespace supervisor
