// Reload: reads and checks the new configuration, then applies or refuses it.
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
}

std::optional<std::string> Supervisor::reason_to_refuse(const Wanted& wanted) const
{
    if (const auto missing = resources_.sockets.missing(wanted.endpoints)) {
        return base::filled("listening on {} needs a restart", {*missing});
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
    const std::string& path = resources_.config_path;
    privsep::UniqueFd config = open_config_with_rights(path);
    const int error = errno;
    if (!config) {
        const privsep::Identity& own = resources_.identity;
        refuse_to_reload(common::why_unreadable(path, error, own.uid, own.gid));
        return;
    }
    ipc::ReaderSetup setup = resources_.reader;
    setup.is_reload = true;
    ConfigReader reader{{resources_.programs.reader, resources_.root.get(), setup, privsep::required_layers,
                         longest_reading, longest_reading},
                        resources_.kernel_log};
    reader.send_config(std::move(config));
    if (const auto wanted = reader.read()) {
        const auto reason = reason_to_refuse(*wanted);
        if (reason || !take_config(reader, *wanted)) {
            refuse_to_reload(reason.value_or(unusable));
        }
    } else if (reader.has_errors()) {
        notify_of_refusal(reader.first_error()); // the reader has logged it
    } else {
        refuse_to_reload(unusable);
    }
}

/// False if the reader failed: then nothing has changed.
bool Supervisor::take_config(ConfigReader& reader, const Wanted& wanted)
{
    Sockets unwanted = resources_.sockets.split_off_all_but(wanted.endpoints);
    Generation next = make_children(wanted.summary);
    if (!take_setups(reader, next, wanted_setups(next, wanted.summary.workers), {})) {
        abandon(next);
        resources_.sockets.take_back(std::move(unwanted));
        return false;
    }
    resources_.notifier.reloading();
    old_ = std::exchange(now_, std::move(next));
    for (const auto& child : old_.children()) {
        deadlines_.clear(Due::restart, child.get());
    }
    in_force_ = wanted.summary;
    refusal_.clear();
    step(Phase::relieving);
    return true;
}

/// Kills the children that run. They are reaped without a line in the log.
void Supervisor::abandon(Generation& generation)
{
    for (const auto& child : generation.children()) {
        child->kill();
        deadlines_.clear(Due::restart, child.get());
    }
    generation = {};
}

} // namespace supervisor
