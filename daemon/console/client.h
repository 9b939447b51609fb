// One connection of the control socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/console/configured_hosts.h"
#include "daemon/console/keeper_link.h"
#include "privsep/channel.h"
#include "proto/base/time.h"
#include "proto/ipc/admin.h"
#include "proto/ipc/record.h"

namespace console
{

/// A table of hosts, in pages from the keeper.
struct Listing {
    std::string pattern;
    ipc::admin::Filter filter = ipc::admin::Filter::all;
    ConfiguredHosts::Cursor at;
    std::list<KeptHost> page;   ///< what the keeper knows of the hosts from `at` to `page_end`
    std::uint32_t page_end = 0; ///< the index of the first host that is not in the page
    bool is_last_page = false;
    bool waits_for_keeper = true;
    ipc::admin::Done end; ///< its place is that of the first page
    bool has_end = false;
};
struct Lookup {
    dns::CompactName name;
};
/// A Set or a Clear.
struct Change {
    dns::CompactName name;
};
struct Watch {
    std::optional<dns::CompactName> host;
    ipc::ChangePlace after;
    bool has_begun = false;
    bool is_asking = false;
    bool has_more = false; ///< there are changes that were not asked for yet
    bool is_slow = false;  ///< they came while the client did not read
};
struct Status {
    std::optional<ipc::Summary> summary; ///< then the state of the processes is asked for
};
/// Waits for what the metrics count.
struct Count {
};
struct Reload {
    std::uint32_t number = 0;
};
using Job = std::variant<std::monostate, Listing, Lookup, Change, Watch, Status, Count, Reload>;

class Client
{
public:
    Client(AskerId id, privsep::Channel channel, base::Uptime deadline) noexcept;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() = default;

    AskerId id() const noexcept { return id_; }
    privsep::Channel& channel() noexcept { return channel_; }
    const ipc::Administrator& who() const noexcept { return who_; }
    /// `uid`: what the client says. It is used if the kernel does not know it.
    void claim(std::uint32_t uid) noexcept;
    bool has_said_hello() const noexcept { return has_said_hello_; }

    /// Sends the message, now or later.
    void say(ipc::MessageRef<ipc::admin::ConsoleToClient> message);
    /// Says why the request is refused, and ends it.
    void refuse(ipc::admin::Refused reason, std::string text);
    /// Sends what is queued as far as there is room.
    void flush();
    bool has_queued() const noexcept { return sent_ != queue_.size(); }
    bool is_gone() const noexcept { return is_gone_; }
    /// The connection is closed at once.
    void drop() noexcept { is_gone_ = true; }
    /// The connection is closed once all is sent.
    void finish() noexcept { is_finishing_ = true; }
    bool is_finished() const noexcept { return is_gone_ || (is_finishing_ && !has_queued()); }

    Job job;
    bool wants_turn = false;  ///< its job can go on without an event
    std::uint32_t events = 0; ///< that the loop waits for

    base::Uptime deadline() const noexcept { return deadline_; }
    /// It has so much time again, from `now` on.
    void renew(base::Uptime now, base::Uptime time) noexcept { deadline_ = now + time; }

private:
    AskerId id_;
    privsep::Channel channel_;
    ipc::Administrator who_;
    base::Uptime deadline_;
    std::vector<std::uint8_t> queue_; ///< records, each after its size in two bytes
    std::size_t sent_ = 0;            ///< bytes of the queue
    bool has_said_hello_ = false;
    bool is_finishing_ = false;
    bool is_gone_ = false;
};

} // namespace console
