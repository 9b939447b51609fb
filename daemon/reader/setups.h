// The checked config becomes what each child is to know of it, and no more: digests in place of tokens,
// sealed in memory that the child reads at its start.
#pragma once

#include <vector>

#include "privsep/unique_fd.h"
#include "proto/config/config.h"
#include "proto/config/predecessor_state.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Makes the setups of one config one after the other, so that a child can start while the next one's is
/// made. What is referred to must outlive this. All end the process where there is no memory
/// for them.
class SetupMaker
{
public:
    SetupMaker(const config::Config& config, const ipc::MakeSetups& wanted,
               const ipc::LogSetup& log) noexcept;

    std::vector<privsep::UniqueFd> responders() const; ///< one each
    privsep::UniqueFd updater() const;
    /// `imported`: where there is no state yet. `responder`: one that responders() has made.
    privsep::UniqueFd keeper(const std::vector<config::SavedHost>& imported,
                             const privsep::UniqueFd& responder) const;

private:
    const config::Config& config_;
    const ipc::MakeSetups& wanted_;
    const ipc::LogSetup& log_;
};

} // namespace reader
