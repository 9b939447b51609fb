#include "daemon/supervisor/child.h"

#include <array>
#include <csignal>
#include <string>

#include "privsep/log.h"
#include "privsep/spawn.h"
#include "proto/base/text.h"

namespace supervisor
{

std::string Child::name() const
{
    switch (role_) {
    case ipc::Role::keeper:
        return "keeper";
    case ipc::Role::responder:
        return one_of_several_ ? base::filled("responder-{}", {index_ + 1}) : "responder";
    case ipc::Role::updater:
        break;
    }
    return "updater";
}

bool Child::start(const Program& program, int setup, int root, const std::vector<int>& descriptors)
{
    auto [ours, theirs] = privsep::Channel::pair();
    const std::string process = "nanodnsd-" + name();
    pid_ = privsep::spawn({program.executable.get(), process.c_str(), theirs.get(), setup,
                           program.filter.get(), root, descriptors});
    restart_at_.reset();
    ready_ = false;
    quitting_ = false;
    pong_ = ping_;
    if (pid_ < 0) {
        return false;
    }
    control_ = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>{std::move(ours)};
    loop_.add(control_.get(), EPOLLIN, *this);
    return true;
}

void Child::ready(std::uint32_t events)
{
    control_.heed(events);
    std::optional<ipc::ChildToSupervisor> message;
    switch (control_.receive(message)) {
    case privsep::Transfer::done:
        hear(*message);
        return;
    case privsep::Transfer::would_block:
        return;
    case privsep::Transfer::closed: // waitid(2) will tell how it died
        close_channel();
        return;
    case privsep::Transfer::malformed:
        end_liar();
        return;
    }
}

/// Each kind has its turn: Ready once, an answer to what was asked, an accusation from the keeper of others.
void Child::hear(const ipc::ChildToSupervisor& message)
{
    const auto* pong = std::get_if<ipc::Pong>(&message);
    const auto* accusation = std::get_if<ipc::PeerReport>(&message);
    const auto* readiness = std::get_if<ipc::Ready>(&message);
    if (pong != nullptr && pong->number == ping_) {
        pong_ = pong->number;
    } else if (accusation != nullptr && role_ == ipc::Role::keeper && accusation->peer != role_) {
        events_.accused(*this, *accusation);
    } else if (readiness != nullptr && !ready_) {
        ready_ = true;
        events_.became_ready(*this, readiness->layers);
    } else {
        end_liar();
    }
}

void Child::end_liar()
{
    privsep::log(privsep::Level::error, "{} said what cannot be said: it is ended", {name()});
    kill(); // first: it may end by its own decision where the channel does
    close_channel();
}

void Child::say(const ipc::SupervisorToChild& message, int passed)
{
    // A child whose queue of a few hundred records is full does not read: it hangs.
    if (control_ && control_.send(message, passed) == privsep::Transfer::would_block) {
        privsep::log(privsep::Level::error, "{} does not listen: it is ended", {name()});
        kill();
    }
}

void Child::attach(ipc::Role peer, std::uint16_t index, const privsep::Channel& channel)
{
    say(ipc::Attach{peer, index}, channel.get());
}

void Child::quit()
{
    if (runs() && !quitting_) {
        quitting_ = true;
        say(ipc::Quit{});
    }
}

void Child::kill() noexcept
{
    if (runs()) {
        ::kill(pid_, SIGKILL);
    }
}

void Child::ping()
{
    if (runs()) {
        say(ipc::Ping{++ping_});
    }
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
    pid_ = -1;
    ready_ = false;
}

bool Child::plan_restart(base::Uptime now, bool was_ready) noexcept
{
    const auto delay = policy_.died(now, was_ready);
    if (delay) {
        restart_at_ = now + *delay;
    }
    return delay.has_value();
}

} // namespace supervisor
