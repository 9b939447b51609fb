// A new configuration: read, checked, and put into force or refused.
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

constexpr const char* unusable = "the new one could not be used";
/// The supervisor waits for the reader, and does nothing else. Twice that, and the watchdog's period, which
/// may have started before, is still less than what nanodnsd.service waits.
constexpr std::chrono::milliseconds longest_reading{8000};

} // namespace

void Supervisor::refuse_to_reload(const std::string& why)
{
    privsep::log(privsep::Level::error, "reload refused, the old configuration stays in force: {}", {why});
    tell_of_refusal(why);
}

/// A service manager that has sent the signal itself (Type=notify-reload) waits until the reload is over,
/// whether it succeeded or not.
void Supervisor::tell_of_refusal(const std::string& why)
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
    reload_is_wanted_ = phase_ != Phase::serving; // then as soon as it is
    if (reload_is_wanted_) {
        return;
    }
    const std::string& path = resources_.config_path;
    privsep::UniqueFd config = open_config_with_rights(path);
    const int error = errno;
    if (!config) {
        const privsep::Identity& we = resources_.identity;
        refuse_to_reload(common::why_unreadable(path, error, we.uid, we.gid));
        return;
    }
    ipc::ReaderSetup setup = resources_.reader;
    setup.is_reload = true;
    ConfigReader reader{{resources_.programs.reader, resources_.root.get(), setup, privsep::required_layers,
                         longest_reading, longest_reading},
                        resources_.kernel_log};
    reader.ask(std::move(config));
    if (const auto wanted = reader.read()) {
        const auto reason = reason_to_refuse(*wanted);
        if (reason || !take_config(reader, *wanted)) {
            refuse_to_reload(reason.value_or(unusable));
        }
    } else if (reader.has_errors()) {
        tell_of_refusal(reader.first_error()); // it has logged the refusal
    } else {
        refuse_to_reload(unusable);
    }
}

/// False if the reader failed: all is as it was then.
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

/// Kills the children that run. They are reaped as children that we do not know.
void Supervisor::abandon(Generation& generation)
{
    for (const auto& child : generation.children()) {
        child->kill();
        deadlines_.clear(Due::restart, child.get());
    }
    generation = {};
}

} // namespace supervisor
