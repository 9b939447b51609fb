// Makes the setups of the children from the checked config. A setup has only what its child needs, with
// digests in place of tokens, in sealed memory that the child reads when it starts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/config/config.h"
#include "proto/config/predecessor_state.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Makes the setups of one config, one after the other: a child can start while the next setup is made. All
/// arguments of the constructor must outlive this.
class SetupMaker
{
public:
    /// `imported`: hosts of the predecessor's state; none if nanodnsd already has a state.
    SetupMaker(const config::Config& config, const ipc::MakeSetups& wanted, const ipc::ReaderSetup& own,
               const std::vector<config::SavedHost>& imported) noexcept;

    /// The setup of `child`, sealed. Ends the process if there is no memory for it, if the role is unknown,
    /// or if a keeper's setup is wanted before a responder's.
    privsep::UniqueFd make(const ipc::WantedSetup& child);

private:
    privsep::UniqueFd responder(const ipc::WantedSetup& child);
    privsep::UniqueFd updater(const ipc::WantedSetup& child);
    privsep::UniqueFd updater_of(const config::Http& http, std::uint16_t sockets) const;
    privsep::UniqueFd updater_tls(const ipc::WantedSetup& child);
    privsep::UniqueFd keyholder(const ipc::WantedSetup& child);
    privsep::UniqueFd keeper(const ipc::WantedSetup& child);
    privsep::UniqueFd console(const ipc::WantedSetup& child);
    std::uint16_t count(ipc::Role role) const noexcept;

    const config::Config& config_;
    const ipc::MakeSetups& wanted_;
    const ipc::ReaderSetup& own_;
    const std::vector<config::SavedHost>& imported_;
    std::optional<ipc::Digest> fingerprint_; ///< see fingerprint(); made from the first responder's setup
};

} // namespace reader
