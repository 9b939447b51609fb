// What the supervisor tells of its state: to the service manager, and to a console, whose requests are here.
#include <unistd.h>
#include <utility>

#include "daemon/common/clock.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

void Supervisor::announce()
{
    privsep::log_text(privsep::Level::notice, status());
    resources_.notifier.ready(status());
}

std::string Supervisor::status() const
{
    std::string text = base::filled("serving {} with {} hosts{}", {in_force_.apex.to_text(), in_force_.hosts,
                                                                   resources_.sockets.summary(in_force_)});
    if (!refusal_.empty()) {
        base::append(text, "; the last reload was refused, the old configuration stays in force: {}",
                     {refusal_});
    }
    return text;
}

ipc::ProcessState Supervisor::state_of(const Child& child) const
{
    const std::uint32_t has = child.layers() | resources_.layers;
    const auto pid = static_cast<std::uint32_t>(child.runs() ? child.pid() : 0);
    return {child.role().name,
            child.place().index,
            pid,
            child.started(),
            child.restarts(),
            child.is_ready() ? resources_.sandbox.missing(has).substr(0, ipc::ProcessState::longest_missing)
                             : ""};
}

void Supervisor::asked(Child& child, const ipc::AskState& /*request*/)
{
    for (const Sockets::Listening& one : resources_.sockets.listening()) {
        if (!one.fds.empty() && in_force_.wants(one.endpoint.service)) {
            child.send(ipc::SocketState{one.endpoint.service, one.endpoint.address, one.port});
        }
    }
    child.send(ipc::ProcessState{"supervisor", 0, static_cast<std::uint32_t>(::getpid()), started_, {}, ""});
    for (const auto& one : now_.children()) {
        child.send(state_of(*one));
    }
    child.send(ipc::StateEnd{});
}

void Supervisor::asked(Child& child, const ipc::AskReload& request)
{
    if (!reload_limit_.allows(common::uptime())) {
        child.send(ipc::ReloadOutcome{request.number, ipc::ReloadResult::too_soon, ""});
        return;
    }
    asked_reload_ = request.number;
    reload();
}

/// A request beyond the limit has no effect.
void Supervisor::asked(Child& /*child*/, const ipc::SetVerbosity& request)
{
    if (!verbosity_limit_.allows(common::uptime())) {
        return;
    }
    resources_.reader.log.verbosity = static_cast<std::uint8_t>(request.level); // of later children, too
    verbosity_is_set_ = true;
    privsep::set_verbosity(resources_.reader.log.verbosity);
    for (Child* const one : all_children()) {
        one->send(request);
    }
}

/// A reload for which nobody waits has no answer.
void Supervisor::answer_reload(ipc::ReloadResult result, const std::string& why)
{
    if (const auto number = std::exchange(asked_reload_, std::nullopt)) {
        tell(&Role::administers,
             ipc::ReloadOutcome{*number, result, why.substr(0, ipc::ReloadOutcome::longest_why)});
    }
}

} // namespace supervisor
