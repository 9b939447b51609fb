// A real child executable, started by the test instead of the supervisor, locked down and ready. The test
// holds the other end of each channel, so it can send what any peer of the child could.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "privsep/channel.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/supervision.h"

namespace sandbox
{

class LockedChild
{
public:
    using Control = privsep::TypedChannel<ipc::SupervisorToConsole, ipc::ConsoleToSupervisor>;

    /// `name`: an executable in libexec/nanodnsd. `hosts`: the hosts of the config; empty:
    /// support::sample_hosts(). Throws std::runtime_error if the child does not become ready.
    explicit LockedChild(const std::string& name, const std::string& hosts = "");
    ~LockedChild();
    LockedChild(const LockedChild&) = delete;
    LockedChild& operator=(const LockedChild&) = delete;

    pid_t pid() const noexcept { return pid_; }
    Control& control() noexcept { return control_; }
    /// The child's peers: of a keeper the updater, the responder and then the console, of an updater-tls the
    /// keeper and then the keyholder, of a keyholder the updater-tls, of a reader none, of the others the
    /// keeper.
    privsep::Channel& peer(unsigned number) noexcept { return peers_.at(number); }
    /// The content of a keeper's state file.
    std::string state(unsigned number) const;
    /// A client of a console's control socket, which does not block.
    privsep::UniqueFd connect() const;
    /// The port of the child: HTTP or HTTPS for an updater, UDP for a responder.
    std::uint16_t port() const;

    /// Waits for the next message on the control channel; nullopt if there is none.
    std::optional<ipc::ConsoleToSupervisor> hear();
    /// Whether it answers a Ping; earlier messages are ignored.
    bool answers();
    /// Whether the process is running.
    bool lives() const;
    /// The number of its descriptors.
    std::size_t descriptors() const;
    /// Its private memory in bytes.
    std::size_t private_memory() const;

private:
    void get_ready(const std::string& name);

    std::vector<privsep::UniqueFd> own_; ///< the child's other descriptors
    Control control_;
    std::array<privsep::Channel, 3> peers_;
    pid_t pid_ = -1;
    std::uint32_t pings_ = 0;
};

} // namespace sandbox
