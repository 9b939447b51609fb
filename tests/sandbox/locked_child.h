// A real child executable, started by the test in the supervisor's place, locked down and ready. The test
// holds the other end of each of its channels, so it can say what any peer of its might.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "privsep/channel.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/control.h"

namespace sandbox
{

class LockedChild
{
public:
    using Control = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>;

    /// `name`: "keeper", "updater", "responder", or "reader", which has no peer. `hosts`: the config's hosts;
    /// empty: support::sample_hosts(). Throws std::runtime_error where it does not get ready.
    explicit LockedChild(const std::string& name, const std::string& hosts = "");
    ~LockedChild();
    LockedChild(const LockedChild&) = delete;
    LockedChild& operator=(const LockedChild&) = delete;

    pid_t pid() const noexcept { return pid_; }
    Control& control() noexcept { return control_; }
    /// Who the child talks to: of a keeper the updater and then the responder, of the others the keeper.
    privsep::Channel& peer(unsigned number) noexcept { return peers_.at(number); }
    /// What a keeper has stored in that file.
    std::string state(unsigned number) const;
    /// Where it listens: of an updater HTTP, of a responder UDP.
    std::uint16_t port() const;

    /// The next message on the control channel, waiting for it; nothing where there comes none.
    std::optional<ipc::ChildToSupervisor> hear();
    /// Whether it answers a Ping; what it says before that is passed over.
    bool answers();
    /// Whether it runs.
    bool lives() const;
    /// How many descriptors it has.
    std::size_t descriptors() const;
    /// Bytes that no other process shares.
    std::size_t private_memory() const;

private:
    void get_ready(const std::string& name);

    std::vector<privsep::UniqueFd> own_; ///< what the child has besides its channels
    Control control_;
    std::array<privsep::Channel, 2> peers_;
    pid_t pid_ = -1;
    std::uint32_t pings_ = 0;
};

} // namespace sandbox
