#include "daemon/supervisor/child.h"

#include <string>

#include "daemon/common/clock.h"
#include "privsep/conversation.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

std::string Child::name() const
{
    return place_.count > 1 ? base::filled("{}-{}", {role_.name, place_.index + 1}) : role_.name;
}

bool Child::start(const Program& program, int root, const std::vector<int>& descriptors,
                  std::span<const ipc::SupervisorToConsole> first, int counters)
{
    auto [ours, theirs] = privsep::Channel::pair();
    control_ = decltype(control_){std::move(ours)};
    for (const ipc::SupervisorToConsole& message : first) {
        send(message);
    }
    const std::string process = "nanodnsd-" + name();
    ready_ = false;
    stopping_ = false;
    pong_ = ping_;
    process_ = privsep::spawn({program.executable.get(), process.c_str(), theirs.get(), setup_.get(),
                               program.filter.get(), root, descriptors, counters});
    if (!runs()) {
        control_.close();
        return false;
    }
    started_ = common::wall_time();
    restarts_ += std::exchange(was_started_, true) ? 1U : 0U;
    loop_.add(control_.get(), EPOLLIN, *this);
    return true;
}

void Child::ready(std::uint32_t events)
{
    control_.heed(events);
    std::optional<ipc::ConsoleToSupervisor> message;
    switch (control_.receive(message)) {
    case privsep::Transfer::done:
        if (!handle(*message)) {
            kill_for_invalid_message();
        }
        return;
    case privsep::Transfer::would_block:
        return;
    case privsep::Transfer::closed: // waitid(2) reports how it exited
        close_channel();
        return;
    case privsep::Transfer::malformed:
        kill_for_invalid_message();
        return;
    }
}

/// False if the message is invalid: Ready may come once, and Pong only with the number of a Ping.
bool Child::handle(const ipc::ConsoleToSupervisor& message)
{
    if (const auto* pong = std::get_if<ipc::Pong>(&message)) {
        pong_ = pong->number;
        return pong_ <= ping_; // it may answer an earlier one when it is told to stop
    }
    if (const auto* report = std::get_if<ipc::PeerReport>(&message)) {
        return role_.reports_peers && events_.peer_reported(*this, *report);
    }
    if (const auto* unusable = std::get_if<ipc::Unusable>(&message)) {
        stopping_ = true; // it exits by itself, and has said why
        events_.found_unusable(*this, unusable->reason);
        return !role_.files.empty() && !ready_;
    }
    const auto* ready = std::get_if<ipc::Ready>(&message);
    if (ready == nullptr) {
        return handle_request(message);
    }
    if (std::exchange(ready_, true)) {
        return false;
    }
    layers_ = ready->layers;
    events_.became_ready(*this, layers_);
    return true;
}

bool Child::handle_request(const ipc::ConsoleToSupervisor& message)
{
    if (!role_.administers || !ready_) {
        return false;
    }
    if (const auto* state = std::get_if<ipc::AskState>(&message)) {
        events_.asked(*this, *state);
    } else if (const auto* reload = std::get_if<ipc::AskReload>(&message)) {
        events_.asked(*this, *reload);
    } else {
        events_.asked(*this, std::get<ipc::SetVerbosity>(message));
    }
    return true;
}

void Child::kill_for_invalid_message()
{
    privsep::log(privsep::Level::error, "{} sent an invalid message: killing it", {name()});
    kill(); // before the channel is closed, at which it might exit by itself
    close_channel();
}

void Child::send(const ipc::SupervisorToConsole& message, int passed)
{
    // A queue of a few hundred records is full only if the child hangs.
    if (control_ && control_.send(message, passed) == privsep::Transfer::would_block) {
        privsep::log(privsep::Level::error, "{} does not read its messages: killing it", {name()});
        kill();
    }
}

void Child::attach(const Child& peer, const privsep::Channel& channel)
{
    send(ipc::Attach{peer.role_.id, peer.place_.index}, channel.get());
}

void Child::stop()
{
    if (runs() && !stopping_) {
        stopping_ = true;
        send(ipc::Quit{});
        ping(); // it answers after it has read both
    }
}

void Child::kill() noexcept
{
    privsep::kill_process(process_.handle); // fails if it does not run
}

bool Child::is_ready_within(std::chrono::milliseconds limit)
{
    const privsep::Deadline deadline = std::chrono::steady_clock::now() + limit;
    while (control_ && !ready_ && privsep::wait_for(control_.get(), POLLIN, deadline)) {
        ready(0);
    }
    return ready_;
}

void Child::ping()
{
    send(ipc::Ping{++ping_});
}

void Child::close_channel() noexcept
{
    if (control_) {
        loop_.remove(control_.get(), *this);
        control_.close();
    }
}

void Child::forget() noexcept
{
    close_channel();
    process_ = {};
    ready_ = false;
}

} // namespace supervisor
