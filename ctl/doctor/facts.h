// What `doctor` knows of the daemon and the system. A check is a pure function of these facts; collect()
// finds them (collect.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/bus.h"
#include "ctl/names.h"
#include "proto/base/address.h"
#include "proto/base/time.h"
#include "proto/config/config.h"
#include "proto/ipc/admin.h"

namespace ctl::doctor
{

namespace admin = ipc::admin;

/// A fact, or why it is not known.
template <typename Value>
class Known
{
public:
    Known() : why_("it was not looked at") {}
    Known(Value value) : value_(std::move(value)) {} // NOLINT: implicit
    static Known unknown(const std::string& why)
    {
        Known result;
        result.why_ = why;
        return result;
    }

    explicit operator bool() const noexcept { return value_.has_value(); }
    const Value& operator*() const noexcept { return *value_; }
    const Value* operator->() const noexcept { return &*value_; }
    Value& operator*() noexcept { return *value_; }
    Value* operator->() noexcept { return &*value_; }
    /// Only if it is not known.
    const std::string& why() const noexcept { return why_; }

private:
    std::optional<Value> value_;
    std::string why_;
};

/// What `nanodnsd -n` says on its standard error.
struct Said {
    int status = 0;
    std::vector<std::string> lines{};

    static bool is_warning(std::string_view line) { return line.find("warning: ") != line.npos; }
    bool has_errors() const;
};

/// The owner and the mode of a file or a folder.
struct Inode {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t mode = 0; ///< permission bits
    std::string path{};
};

/// The rights of the service's main process.
struct Rights {
    std::uint32_t uid = 0;
    std::vector<std::uint32_t> gids{}; ///< the first is its own group
    bool reads_all = false;            ///< has a capability for it
};

struct Access {
    std::vector<Inode> way{}; ///< the folders from the root on, and the file
    std::string owner{};      ///< its name, or its number
    std::string group{};      ///< of the file
    Known<Rights> service{};
    std::string service_group{}; ///< the group that should read the file
    std::uint32_t service_gid = 0;
};

/// What the running daemon answers over its control socket.
struct Running {
    admin::StatusDaemon status{};
    std::uint32_t serial_before = 0; ///< of the zone, before the questions by DNS
    std::uint32_t serial_after = 0;
    std::optional<admin::StatusCertificate> certificate{};
    std::vector<admin::StatusSocket> sockets{};
    std::vector<admin::StatusProcess> processes{};
    std::vector<admin::HostRow> hosts{};        ///< of which a check may say something
    std::vector<admin::HostRow> name_servers{}; ///< those that are hosts of the zone
    std::uint64_t limited = 0;                  ///< answers that the rate limit changed or left out
};

enum class Transport : std::uint8_t { udp, tcp };

/// A socket that listens on a port of DNS, from /proc/net.
struct Listener {
    Transport transport = Transport::udp;
    base::Address address{};
    bool is_any = false; ///< all addresses of both families, or of this one
    std::uint16_t port = 0;
    std::uint64_t dropped = 0; ///< datagrams, because the buffer was full
    std::uint32_t uid = 0;     ///< of its owner
    bool is_ours = false;
    std::uint32_t pid = 0; ///< of a process that has it; 0: not known
    std::string program{}; ///< of that process
};

/// How one of the daemon's addresses answered.
struct Answer {
    Transport transport = Transport::udp;
    base::Address address{};
    std::uint16_t port = 0;
    std::string error{}; ///< why there is no answer; empty: there is one
    unsigned rcode = 0;
    bool is_authoritative = false;
    bool is_truncated = false;
    std::optional<std::uint32_t> serial{};   ///< of the SOA
    std::vector<std::string> name_servers{}; ///< lower case, without the last dot, sorted
};

struct State {
    std::string path{};
    std::uint64_t bytes = 0;           ///< of both files
    std::uint64_t room = 0;            ///< bytes free for the daemon
    std::optional<bool> is_in_place{}; ///< the open files are those of the path; none: not known
    Said said{};                       ///< `nanodnsd -n -s`: the lines that `-n` does not have
    std::string incomplete{};          ///< "none", or what the report says of the last record
};

struct Facts {
    base::UnixTime now{};
    std::optional<base::UnixTime> built{};   ///< when this program was built
    std::string daemon_program = "nanodnsd"; ///< as it can be written in a shell
    std::string ctl_program = "nanodnsctl";  ///< the same, with the option for another socket than usual
    std::string documents = "/usr/share/doc/nanodnsd"; ///< the folder of the installed ones
    std::string config_path{};
    Names names{};
    Known<config::Config> config{};
    Known<Said> said{};
    Known<Access> access{};
    Known<Running> running{};
    std::uint32_t main_pid = 0; ///< of the daemon, in this PID namespace; 0: it is not seen here
    std::vector<base::Address> own_addresses{}; ///< of this machine, without link-local ones
    Known<std::vector<Listener>> listeners{};
    std::vector<Answer> answers{};
    std::size_t not_asked = 0; ///< of this machine's addresses: it has too many
    Known<Manager> manager{};
    std::optional<std::string>
        stub{}; ///< what the stub of systemd-resolved listens on; none: it does not run
    std::optional<bool> clock_is_synchronised{};
    Known<base::UnixTime> certificate_file{}; ///< when it was changed last
    Known<State> state{};

    /// Of the zone: those of the configuration, or, if it is not known, those that the daemon answers with.
    std::vector<dns::Name> name_servers() const;
    /// Of the service, if there is one; null if it is not known.
    const Unit* service() const noexcept;
    /// A socket unit that is installed; null if there is none, or it is not known.
    const Unit* socket(std::string_view name) const noexcept;
    /// Whether the service manager has started the daemon, or tried to.
    bool has_unit() const noexcept;
    /// A line for a shell that makes the daemon use the changed configuration.
    std::string apply() const;
    /// A line that edits the configuration, and uses it.
    std::string edit() const;
    /// As the configuration has it: "[@home]", "[@]" for the domain.
    std::string section_of(const dns::CompactName& name) const;
    /// A line for a shell that stops the daemon, if it runs, and starts it.
    std::string restart() const;
};

} // namespace ctl::doctor
