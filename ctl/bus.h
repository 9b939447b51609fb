// What the service manager and its helpers know, asked over the system bus of D-Bus. Nothing is changed
// there.
//
// Who builds without systemd (NANODNSD_SYSTEMD=OFF) has the same class, which is never connected.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/time.h"

struct sd_bus;

namespace ctl
{

inline constexpr const char* usual_bus = "unix:path=/run/dbus/system_bus_socket";
inline constexpr const char* service_unit = "nanodnsd.service";

/// A unit of the service manager. The words are those of systemd: org.freedesktop.systemd1(5).
struct Unit {
    std::string name;
    std::string load_state;                    ///< "loaded", "not-found", "masked"
    std::string active_state;                  ///< "active", "inactive", "failed", "activating"
    std::string sub_state;                     ///< "running", "listening", "auto-restart", "dead"
    std::string file_state;                    ///< "enabled", "disabled", "static"; empty: not known
    std::string result;                        ///< of a service or a socket: "success", "exit-code"
    std::optional<base::UnixTime> since{};     ///< in active_state and sub_state
    std::optional<base::UnixTime> active_at{}; ///< it became active for the last time
    std::uint32_t restarts = 0;                ///< of a service, by the service manager
    std::uint32_t main_pid = 0;                ///< of a service that runs
    friend bool operator==(const Unit&, const Unit&) = default;

    bool is_there() const { return load_state != "not-found"; }
    /// Also if it will be started again: systemd never gives up the service.
    bool has_failed() const { return active_state == "failed" || sub_state.starts_with("auto-restart"); }
    bool is_active() const { return active_state == "active" || active_state == "reloading"; }
};

class Bus
{
public:
    /// For all questions together: a bus that hangs must not make us hang.
    static constexpr std::chrono::milliseconds usual_patience{2000};

    /// Connects. `address`: as $DBUS_SYSTEM_BUS_ADDRESS; empty: there is no bus.
    explicit Bus(const std::string& address, std::chrono::milliseconds patience = usual_patience);

    /// False if there is no bus, or as soon as it did not answer in time. Then all answers are none.
    bool is_connected() const noexcept { return bus_ != nullptr; }
    /// Why it is not connected, for a sentence: "Connection refused".
    const std::string& why_not() const noexcept { return why_not_; }

    /// One that is not there has the load state "not-found".
    std::optional<Unit> unit(const std::string& name);
    /// The unit whose main process this is.
    std::optional<Unit> unit_of(std::uint32_t pid);
    /// Whether the clock is synchronised, by systemd-timedated.
    std::optional<bool> is_clock_synchronised();
    /// What the DNS stub of systemd-resolved listens on: "yes", "no", "udp" or "tcp". None if it does not
    /// run.
    std::optional<std::string> resolved_stub();

private:
    /// A property of an object: service, path, interface, name.
    struct Property {
        const char* service;
        const char* path;
        const char* interface;
        const char* name;
    };
    std::optional<std::string> text(const Property& property);
    template <typename Value>
    std::optional<Value> number(const Property& property, char type);
    std::optional<base::UnixTime> time(const Property& property);
    std::optional<Unit> unit_at(const std::string& path);

    /// Before each question: false if there is no time left.
    bool may_ask();
    /// True if it is an answer. Gives up if the bus is gone.
    bool is_answer(int outcome);
    void give_up(int error);

    struct Close {
        void operator()(sd_bus* bus) const noexcept;
    };
    std::unique_ptr<sd_bus, Close> bus_;
    std::chrono::steady_clock::time_point end_;
    std::string why_not_;
};

/// What `status` and `doctor` ask the service manager about nanodnsd.
struct Manager {
    std::optional<Unit> service; ///< none: the daemon is not a unit's main process
    std::vector<Unit> sockets;   ///< the socket units that are installed
};
/// `pid`: of the supervisor; none: no daemon runs, then the unit of the usual name is meant. None without a
/// bus.
std::optional<Manager> ask_manager(Bus& bus, std::optional<std::uint32_t> pid);

} // namespace ctl
