#include "daemon/keyholder/keyholder.h"

#include <optional>
#include <utility>

#include "privsep/fail.h"

namespace keyholder
{

using privsep::Level;
using privsep::Transfer;

Keyholder::Keyholder(privsep::EventLoop& loop, privsep::ControlChannel supervisor, Channel updater,
                     Signer signer, Clock clock)
    : loop_(loop), supervisor_(std::move(supervisor)), signer_(std::move(signer)), clock_(clock)
{
    loop_.add(supervisor_.get(), EPOLLIN, *this);
    attach(std::move(updater));
}

Keyholder::~Keyholder()
{
    detach();
    loop_.remove(supervisor_.get(), *this);
}

void Keyholder::serve(std::uint32_t layers)
{
    supervisor_.send(ipc::Ready{layers});
    while (!has_ended_) {
        loop_.turn(-1);
    }
}

void Keyholder::attach(Channel updater)
{
    detach();
    updater_ = std::move(updater);
    loop_.add(updater_.get(), EPOLLIN, requests_);
}

void Keyholder::detach() noexcept
{
    if (updater_) {
        loop_.remove(updater_.get(), requests_);
        updater_.close();
    }
}

void Keyholder::ready(std::uint32_t /*events*/)
{
    std::optional<ipc::SupervisorToChild> message;
    privsep::UniqueFd passed;
    const Transfer transfer = supervisor_.receive(message, passed);
    if (transfer == Transfer::done && !handle(*message, std::move(passed))) {
        privsep::fail("the supervisor sent an invalid message");
    }
    has_ended_ = has_ended_ || (transfer != Transfer::done && transfer != Transfer::would_block);
}

bool Keyholder::handle(const ipc::SupervisorToChild& message, privsep::UniqueFd passed)
{
    if (const auto* ping = std::get_if<ipc::Ping>(&message)) {
        supervisor_.send(ipc::Pong{ping->number});
        return true;
    }
    if (const auto* attached = std::get_if<ipc::Attach>(&message)) {
        if (attached->role != ipc::Role::updater_tls || !passed) {
            return false;
        }
        attach(Channel{privsep::Channel{std::move(passed)}});
        return true;
    }
    if (const auto* verbosity = std::get_if<ipc::SetVerbosity>(&message)) {
        privsep::set_verbosity(static_cast<unsigned>(verbosity->level));
        return true;
    }
    has_ended_ = std::holds_alternative<ipc::Quit>(message);
    return has_ended_;
}

/// The updater waits for each answer, so one request a turn is enough. An updater that does not read its
/// answers gets none: it has given up waiting.
void Keyholder::answer_some(std::uint32_t events)
{
    updater_.heed(events);
    std::optional<ipc::UpdaterToKeyholder> message;
    const Transfer transfer = updater_.receive(message);
    if (transfer == Transfer::would_block) {
        return;
    }
    if (transfer == Transfer::done && answer(std::get<ipc::Sign>(*message))) {
        return;
    }
    if (transfer == Transfer::malformed) {
        privsep::log_text(Level::error, "the updater-tls sent an invalid message: closing its channel");
        supervisor_.send(ipc::PeerReport{ipc::Role::updater_tls, 0});
    }
    detach();
}

/// False if the updater is gone.
bool Keyholder::answer(const ipc::Sign& request)
{
    ipc::Signed answer{request.id, signer_.sign(request.scheme, request.content, clock_())};
    if (answer.signature.empty()) {
        refusal_log_.log(Level::warning,
                         "refused to sign for the updater-tls: not of a handshake, or too many",
                         clock_().count());
    }
    return updater_.send(answer) != Transfer::closed;
}

} // namespace keyholder
