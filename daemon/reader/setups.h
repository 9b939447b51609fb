// The checked config becomes what each child is to know of it, and no more: digests in place of tokens,
// sealed in memory that the child reads at its start.
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

/// Makes the setups of one config, one after the other, so that a child can start while the next one's is
/// made. What is referred to must outlive this.
class SetupMaker
{
public:
    /// `imported`: hosts of the predecessor's state; none if there is a state of ours already.
    SetupMaker(const config::Config& config, const ipc::MakeSetups& wanted, const ipc::ReaderSetup& own,
               const std::vector<config::SavedHost>& imported) noexcept;

    /// The setup of `child`, sealed. Ends the process if there is no memory for it, if the role is unknown,
    /// or if it is a keeper's and no responder's was made before.
    privsep::UniqueFd make(const ipc::WantedSetup& child);

private:
    privsep::UniqueFd responder(const ipc::WantedSetup& child);
    privsep::UniqueFd updater(const ipc::WantedSetup& child);
    privsep::UniqueFd keeper(const ipc::WantedSetup& child);
    std::uint16_t count(ipc::Role role) const noexcept;

    const config::Config& config_;
    const ipc::MakeSetups& wanted_;
    const ipc::ReaderSetup& own_;
    const std::vector<config::SavedHost>& imported_;
    std::optional<ipc::Digest> fingerprint_; ///< of the zone's contents, made of the first responder's setup
};

} // namespace reader
