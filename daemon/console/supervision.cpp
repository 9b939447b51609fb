#include "daemon/console/supervision.h"

#include <array>
#include <utility>
#include <variant>

#include "privsep/log.h"

namespace console
{

using privsep::Transfer;

namespace
{

/// Not the messages for other processes: such a one is as invalid as an unknown one.
using Heard = std::variant<ipc::Ping, ipc::Attach, ipc::Quit, ipc::SetVerbosity, ipc::SocketState,
                           ipc::ProcessState, ipc::StateEnd, ipc::ReloadOutcome>;

constexpr unsigned messages_a_turn = 64;
constexpr std::size_t most_states = 1024; // sockets and processes: more cannot be

} // namespace

Supervision::Supervision(privsep::EventLoop& loop, Channel channel, Listener& listener)
    : loop_(loop), channel_(std::move(channel)), listener_(listener)
{
    loop_.add(channel_.get(), EPOLLIN, *this);
}

/// The supervisor reads all messages, and clients cannot send so many (daemon/common/request_limit.h) that
/// the channel is full after a reload, during which it reads none. If it is full, the supervisor counts as
/// gone.
void Supervision::say(ipc::MessageRef<ipc::ConsoleToSupervisor> message)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
    std::array<std::uint8_t, ipc::longest_record<ipc::ConsoleToSupervisor>> room;
    is_gone_ = channel_.send_record(ipc::encode(message, room)) != Transfer::done || is_gone_;
}

void Supervision::ask_state()
{
    if (!std::exchange(asks_state_, true)) {
        say(ipc::AskState{});
    }
}

std::uint32_t Supervision::ask_reload()
{
    say(ipc::AskReload{++reloads_});
    return reloads_;
}

void Supervision::ready(std::uint32_t /*events*/)
{
    for (unsigned i = 0; i < messages_a_turn && !is_gone_; ++i) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only the record's bytes are used
        std::array<std::uint8_t, ipc::longest_record<ipc::SupervisorToConsole>> room;
        privsep::UniqueFd passed;
        const auto [transfer, record] = channel_.receive_record_with_descriptor(room, passed);
        if (transfer == Transfer::would_block) {
            return;
        }
        const auto handle_one = [&](auto& one) { return handle(one, passed); };
        is_gone_ = transfer != Transfer::done || !ipc::take_record<Heard>(record, handle_one) || is_gone_;
    }
}

bool Supervision::handle(const ipc::Ping& ping, privsep::UniqueFd& /*passed*/)
{
    say(ipc::Pong{ping.number});
    return true;
}

bool Supervision::handle(const ipc::Attach& attach, privsep::UniqueFd& passed)
{
    if (!passed || attach.role != ipc::Role::keeper) {
        return false;
    }
    listener_.keeper_attached(std::move(passed));
    return true;
}

bool Supervision::handle(const ipc::Quit& /*quit*/, privsep::UniqueFd& /*passed*/)
{
    was_told_to_quit_ = true;
    return true;
}

bool Supervision::handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd& /*passed*/)
{
    privsep::set_verbosity(static_cast<unsigned>(verbosity.level));
    return true;
}

bool Supervision::handle(const ipc::SocketState& socket, privsep::UniqueFd& /*passed*/)
{
    state_.sockets.push_back(socket);
    return asks_state_ && state_.sockets.size() <= most_states;
}

bool Supervision::handle(ipc::ProcessState& process, privsep::UniqueFd& /*passed*/)
{
    state_.processes.push_back(std::move(process));
    return asks_state_ && state_.processes.size() <= most_states;
}

bool Supervision::handle(const ipc::StateEnd& /*end*/, privsep::UniqueFd& /*passed*/)
{
    if (!std::exchange(asks_state_, false)) {
        return false;
    }
    const DaemonState state = std::exchange(state_, {});
    listener_.state_arrived(state);
    return true;
}

bool Supervision::handle(const ipc::ReloadOutcome& outcome, privsep::UniqueFd& /*passed*/)
{
    listener_.reload_ended(outcome);
    return true;
}

} // namespace console
