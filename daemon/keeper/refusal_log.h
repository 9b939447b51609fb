// Lines for the operator about updates that were refused or blocked. They say more than the client is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/common/network_log_limit.h"
#include "daemon/keeper/brute_force_limit.h"
#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"
#include "proto/dns/compact_name.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// Updates are noted while a batch is decided, which takes the same time for each. write() finds the reasons,
/// so it must be called after the verdicts were sent: its time depends on the reason.
class RefusalLog
{
public:
    /// `hosts` must outlive it.
    RefusalLog(const Hosts& hosts, dns::CompactName apex) : hosts_(hosts), apex_(std::move(apex)) {}

    /// `place`: of the host in the proposal, here and below; not used if there is an account.
    /// `is_look`: the proposal stands for a Look, here and below.
    void note_refused(const ipc::Propose& proposal, std::size_t place, base::Uptime now,
                      bool is_look = false);
    /// False if there are too many lines about the client's network. The caller limits the lines about the
    /// same bucket: BruteForceLimit::is_line_due().
    bool note_blocked(const ipc::Propose& proposal, std::size_t place, BruteForceLimit::Block block,
                      base::Uptime now, bool is_look = false);
    void write() noexcept;

private:
    struct Note {
        dns::CompactName host;
        base::Address client;
        BruteForceLimit::Block block = BruteForceLimit::Block::none; ///< none: it was refused
        bool is_challenge = false;
        bool is_look = false;
        bool may_be_completed = false; ///< the client may have written it without the zone's name
        std::optional<ipc::ChallengeAccount> account; ///< instead of the host
    };

    static Note note_of(const ipc::Propose& proposal, std::size_t place, BruteForceLimit::Block block,
                        bool is_look);
    bool may_be_token(const Note& note) const;
    std::string reason(const Note& note) const;
    std::string reason_of_host(HostNumber host, bool is_challenge) const;
    std::string wrong(std::string_view secret, HostNumber host, Purpose purpose) const;
    std::optional<dns::Name> full_name(const dns::Name& name) const;
    bool exists(const dns::Name& name) const noexcept { return hosts_.find(name) || hosts_.is_static(name); }

    const Hosts& hosts_;
    dns::CompactName apex_;
    common::NetworkLogLimit refused_limit_;
    common::NetworkLogLimit blocked_limit_;
    std::vector<Note> notes_; ///< at most as many as the limits admit
};

} // namespace keeper
