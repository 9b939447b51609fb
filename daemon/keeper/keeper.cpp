#include "daemon/keeper/keeper.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "daemon/common/clock.h"
#include "daemon/keeper/setup.h"
#include "privsep/fail.h"

namespace keeper
{

using privsep::Level;
using privsep::Transfer;

Keeper::Keeper(privsep::EventLoop& loop, privsep::Inherited& inherited)
    : control_(std::move(inherited.control)), loop_(loop)
{
    Setup setup = read_setup(inherited.setup.bytes());
    privsep::log_as("nanodnsd-keeper", setup.head.log.journal, setup.head.log.verbosity);
    std::vector<privsep::UniqueFd>& descriptors = inherited.descriptors;
    if (descriptors.size() != std::size_t{3} + setup.head.responders) {
        privsep::fail("the setup does not fit its descriptors");
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
        files_[i] = std::make_unique<DescriptorFile>(std::move(descriptors[i]));
    }
    ledger_ =
        std::make_unique<Ledger>(std::move(setup.hosts), setup.head.zone_fingerprint, *files_[0], *files_[1]);
    loop_.add(control_.get(), EPOLLIN, *this);
    wait_for_state();
    if (has_ended_) {
        return;
    }
    recover(inherited);

    const ReportPeer report_peer = [this](const ipc::PeerReport& peer) { control_.send(peer); };
    feeds_ = std::make_unique<Feeds>(loop_, *ledger_, setup.head.responders, report_peer);
    proposals_ = std::make_unique<Proposals>(loop_, *ledger_, *feeds_, setup.head.secret, report_peer);
    take_channels(descriptors);
}

/// Who had the state before may still be finishing. All that could be done without it is done by now.
void Keeper::wait_for_state()
{
    while (!state_ && !has_ended_) {
        loop_.turn(-1);
    }
}

void Keeper::recover(privsep::Inherited& inherited)
{
    const base::Uptime now = common::uptime();
    const Opened opened = ledger_->open(state_->start, now, state_->is_synced);
    if (!opened.refusal.empty()) {
        privsep::fail("{}", {opened.refusal});
    }
    if (opened.is_fresh) {
        import_hosts(inherited.setup.bytes(), *ledger_);
    }
    inherited.setup = {};
    ledger_->start(now);
    ledger_->store_nothing(!state_->in_place);
}

void Keeper::take_channels(std::vector<privsep::UniqueFd>& descriptors)
{
    proposals_->attach(std::move(descriptors[2]));
    for (std::size_t i = 3; i < descriptors.size(); ++i) {
        feeds_->attach(static_cast<unsigned>(i - 3), std::move(descriptors[i]));
    }
    descriptors.clear();
}

int Keeper::serve(std::uint32_t layers)
{
    control_.send(ipc::Ready{layers});
    while (!has_ended_) {
        loop_.turn(ledger_->next_timeout_ms(common::uptime()));
        if (!has_ended_) {
            ledger_->expire(common::uptime());
            feeds_->publish();
        }
    }
    return ledger_->is_synced() ? EXIT_SUCCESS : ipc::exit_unsynced;
}

void Keeper::ready(std::uint32_t /*events*/)
{
    std::optional<ipc::SupervisorToChild> message;
    const Transfer transfer = control_.receive(message, passed_);
    if (transfer == Transfer::done) {
        if (!state_ && (std::holds_alternative<ipc::Attach>(*message) ||
                        std::holds_alternative<ipc::StateInPlace>(*message))) {
            privsep::fail("the supervisor said too early what is about the state");
        }
        std::visit([this](const auto& m) { handle(m); }, *message);
        passed_.reset();
    } else if (transfer == Transfer::closed) {
        has_ended_ = true; // nobody is left to work for
    } else if (transfer == Transfer::malformed) {
        privsep::fail("the supervisor said something that it cannot say");
    }
}

void Keeper::handle(const ipc::Ping& ping)
{
    control_.send(ipc::Pong{ping.number});
}

void Keeper::handle(const ipc::Attach& attach)
{
    bool is_taken = false;
    if (passed_ && attach.peer == ipc::Role::updater) {
        proposals_->attach(std::move(passed_));
        is_taken = true;
    } else if (passed_ && attach.peer == ipc::Role::responder) {
        is_taken = feeds_->attach(attach.index, std::move(passed_));
    }
    if (!is_taken) {
        privsep::fail("the supervisor attached a peer that cannot be");
    }
}

/// What was read is settled: a batch never outlives the call that read it. What the updater has sent by now
/// it need not send again.
void Keeper::handle(const ipc::Quit& /*quit*/)
{
    if (state_) {
        proposals_->finish();
        feeds_->publish();
    }
    has_ended_ = true;
}

void Keeper::handle(const ipc::StateInPlace& state)
{
    ledger_->store_nothing(!state.in_place);
}

void Keeper::handle(const ipc::TakeState& state)
{
    if (std::exchange(state_, state)) {
        privsep::fail("the supervisor handed over the state a second time");
    }
}

void Keeper::handle(const ipc::TakeSetup& /*setup*/)
{
    privsep::fail("the supervisor gave a second setup");
}

void Keeper::handle(const ipc::ReportStatistics& /*report*/)
{
    const Counters c = ledger_->take_counters();
    privsep::log(Level::notice,
                 "statistics: updates {} stored, {} unchanged, {} refused, {} not storable, {} put off; {} "
                 "hosts expired",
                 {c.committed, c.unchanged, c.refused, c.unavailable, c.blocked, c.expired});
}

} // namespace keeper
