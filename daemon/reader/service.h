// The reader as a child of the supervisor: reads the config once and makes the setups of the other children.
#pragma once

#include <cstdint>
#include <optional>

#include "privsep/conversation.h"
#include "privsep/unique_fd.h"
#include "proto/config/config.h"
#include "proto/config/predecessor_state.h"
#include "proto/ipc/config.h"
#include "proto/ipc/setup.h"

namespace reader
{

class Service
{
public:
    using Supervisor = privsep::Conversation<ipc::ReaderToSupervisor, ipc::SupervisorToReader>;

    Service(Supervisor supervisor, const ipc::ReaderSetup& setup) noexcept
        : supervisor_(std::move(supervisor)), setup_(setup)
    {
    }

    /// Waits for a config, sends its endpoints and summary, and makes the setups if it is told to. `layers`:
    /// see ipc::Ready. Ends the process if it cannot.
    void serve(std::uint32_t layers);

private:
    void read(const privsep::UniqueFd& file);
    template <typename Request>
    std::optional<Request> hear(privsep::UniqueFd& passed);
    void say(const ipc::ReaderToSupervisor& message, int passed = -1);
    void say_summary(const config::Config& config);
    void say_errors(const std::vector<config::Error>& errors);
    void make_setups(const config::Config& config, const ipc::MakeSetups& wanted,
                     const privsep::UniqueFd& predecessor);
    std::vector<config::SavedHost> import(const privsep::UniqueFd& predecessor, const dns::Name& domain);

    Supervisor supervisor_;
    const ipc::ReaderSetup& setup_;
};

} // namespace reader
