#include "daemon/keeper/keeper.h"

#include <optional>
#include <string>
#include <utility>

#include "daemon/common/clock.h"
#include "daemon/keeper/setup.h"
#include "privsep/fail.h"
#include "privsep/random.h"

namespace keeper
{

using privsep::Level;
using privsep::Transfer;
using Random = std::array<std::uint8_t, sizeof(std::uint64_t)>;

Keeper::Keeper(privsep::EventLoop& loop, privsep::Inherited& inherited)
    : control_(std::move(inherited.control)), loop_(loop), tally_(inherited.counters),
      has_page_(inherited.counters != nullptr)
{
    std::optional<Setup> setup;
    read_setup(inherited.setup.bytes(), setup);
    const ipc::KeeperSetup& head = setup->head;
    privsep::log_as("nanodnsd-keeper", head.log.journal, head.log.verbosity);
    std::vector<privsep::UniqueFd>& descriptors = inherited.descriptors;
    const std::size_t peers =
        std::size_t{head.updaters} + head.tls_updaters + head.consoles + head.responders;
    if (head.updaters > 1 || head.tls_updaters > 1 || head.consoles > 1 ||
        descriptors.size() != files_.size() + peers) {
        privsep::fail("the setup is malformed, or does not fit its descriptors");
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
        files_[i] =
            std::make_unique<DescriptorFile>(std::move(descriptors[i]), has_page_ ? &tally_ : nullptr);
    }
    const std::string& path = head.state_path;
    ledger_ = std::make_unique<Ledger>(std::move(setup->hosts), head.zone_fingerprint, *files_[0], *files_[1],
                                       CompactionPolicy{}, path.empty() ? "STATE" : path);
    recover(inherited, head);
    loop_.add(control_.get(), EPOLLIN, *this);

    const ReportPeer report_peer = [this](const ipc::PeerReport& peer) { control_.send(peer); };
    feeds_ = std::make_unique<Feeds>(loop_, *ledger_, head.responders, report_peer);
    proposals_ = std::make_unique<Proposals>(loop_, *ledger_, *feeds_, head.secret, head.apex, report_peer);
    take_channels(descriptors, head, report_peer);
}

void Keeper::recover(privsep::Inherited& inherited, const ipc::KeeperSetup& head)
{
    const base::Uptime now = common::uptime();
    const Opened opened = ledger_->open(head.start, now);
    if (!opened.refusal.empty()) {
        privsep::fail("{}", {opened.refusal});
    }
    if (opened.is_fresh) {
        import_hosts(inherited.setup.bytes(), *ledger_);
    }
    inherited.setup = {};
    ledger_->start(now, head.is_reload);
}

void Keeper::take_channels(std::vector<privsep::UniqueFd>& descriptors, const ipc::KeeperSetup& setup,
                           const ReportPeer& report_peer)
{
    auto next = descriptors.begin() + static_cast<std::ptrdiff_t>(files_.size());
    if (setup.updaters != 0) {
        proposals_->attach(std::move(*next++));
    }
    if (setup.tls_updaters != 0) {
        tls_proposals_ = std::make_unique<Proposals>(*proposals_, ipc::Role::updater_tls);
        tls_proposals_->attach(std::move(*next++));
    }
    if (setup.consoles != 0) {
        ledger_->list_changes(base::load<std::uint64_t>(privsep::random_bytes<Random>().data()));
        console_ = std::make_unique<ConsoleLink>(loop_, *ledger_, *feeds_, report_peer);
        console_->attach(std::move(*next++));
    }
    for (unsigned index = 0; next != descriptors.end(); ++index) {
        feeds_->attach(index, std::move(*next++));
    }
    descriptors.clear();
}

void Keeper::serve(std::uint32_t layers)
{
    control_.send(ipc::Ready{layers});
    while (!has_ended_) {
        loop_.turn(ledger_->next_timeout_ms(common::uptime()));
        if (!has_ended_) {
            ledger_->expire(common::uptime());
            feeds_->publish();
            if (console_) {
                console_->announce();
            }
        }
        publish_counters();
    }
}

void Keeper::publish_counters() noexcept
{
    if (has_page_) {
        publish(ledger_->counters() - std::exchange(published_, ledger_->counters()), tally_);
    }
}

void Keeper::ready(std::uint32_t /*events*/)
{
    std::optional<ipc::SupervisorToChild> message;
    const Transfer transfer = control_.receive(message, passed_);
    if (transfer == Transfer::done) {
        std::visit([&](const auto& m) { handle(m); }, *message);
        passed_.reset();
    } else if (transfer == Transfer::closed) {
        has_ended_ = true;
    } else if (transfer == Transfer::malformed) {
        privsep::fail("the supervisor sent an invalid message");
    }
}

/// For responders.
void Keeper::handle(const ipc::CookieSecrets& /*secrets*/)
{
    privsep::fail("the supervisor sent an invalid message");
}

void Keeper::handle(const ipc::SetVerbosity& verbosity)
{
    privsep::set_verbosity(static_cast<unsigned>(verbosity.level));
}

void Keeper::handle(const ipc::Ping& ping)
{
    control_.send(ipc::Pong{ping.number});
}

void Keeper::handle(const ipc::Attach& attach)
{
    bool is_taken = false;
    if (passed_ && attach.role == ipc::Role::updater) {
        proposals_->attach(std::move(passed_));
        is_taken = true;
    } else if (passed_ && tls_proposals_ && attach.role == ipc::Role::updater_tls) {
        tls_proposals_->attach(std::move(passed_));
        is_taken = true;
    } else if (passed_ && console_ && attach.role == ipc::Role::console) {
        console_->attach(std::move(passed_));
        is_taken = true;
    } else if (passed_ && attach.role == ipc::Role::responder) {
        is_taken = feeds_->attach(attach.index, std::move(passed_));
    }
    if (!is_taken) {
        privsep::fail("the supervisor passed a channel to a peer that the keeper does not have");
    }
}

/// No proposal that was read is undecided: a batch never outlives the call that read it. This also decides
/// those that the updater has sent by now, so it need not send them to the next keeper.
void Keeper::handle(const ipc::Quit& /*quit*/)
{
    proposals_->finish();
    if (tls_proposals_) {
        tls_proposals_->finish();
    }
    feeds_->publish();
    ledger_->finish_log();
    if (unreported() != Counters{}) { // they would be lost at a reload or at the end
        log_statistics();
    }
    has_ended_ = true;
}

void Keeper::handle(const ipc::StateInPlace& state)
{
    ledger_->store_nothing(!state.in_place);
}

void Keeper::handle(const ipc::ReportStatistics& /*report*/)
{
    log_statistics();
}

void Keeper::log_statistics()
{
    const Counters c = unreported();
    reported_ = ledger_->counters();
    privsep::log(Level::notice,
                 "statistics: updates {} stored, {} unchanged, {} refused, {} not storable, {} blocked; {} "
                 "hosts expired",
                 {c.committed, c.unchanged, c.refused, c.unavailable, c.blocked, c.expired});
}

} // namespace keeper
