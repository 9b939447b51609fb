// What clients of the control socket ask, and how they are answered.
#pragma once

#include <list>
#include <string>

#include "daemon/common/request_limit.h"
#include "daemon/console/client.h"
#include "daemon/console/configured_hosts.h"
#include "daemon/console/keeper_link.h"
#include "daemon/console/pages.h"
#include "daemon/console/supervision.h"
#include "proto/ipc/admin.h"

namespace console
{

inline constexpr std::size_t max_watchers = 8;
/// For a command: until its end, for a table until the next 64 hosts, for a watcher while it does not read.
inline constexpr base::Uptime command_time{10000};
/// For a reload: a reader may take 8 s, and the check of a certificate 5 s.
inline constexpr base::Uptime reload_time{30000};

class Requests
{
public:
    Requests(const ConfiguredHosts& hosts, const Pages& pages, KeeperLink& keeper,
             Supervision& supervisor) noexcept
        : hosts_(hosts), pages_(pages), keeper_(keeper), supervisor_(supervisor)
    {
    }

    /// The client has no request under way. `watchers`: how many clients watch. False if the record is no
    /// request, or comes too early: the first one has to be a Hello, and no other one may be.
    bool begin(Client& client, base::Bytes record, std::size_t watchers, base::Uptime now);
    void answered(Client& client, KeeperAnswer& answer, base::Uptime now);
    void state_arrived(Client& client, const DaemonState& state);
    static void reload_ended(Client& client, const ipc::ReloadOutcome& outcome);
    void changes_are_new(Client& client);
    /// Goes on with a job that can. To be called when all that was queued is sent, and while it wants turns.
    void go_on(Client& client, base::Uptime now);

    /// The client as KeeperLink knows it.
    static constexpr AskerId metrics = 0;

private:
    static constexpr const char* too_many_reloads = "there were too many reloads: try again in 10 seconds";
    /// Why the supervisor is not asked now; nullptr: it may be.
    const char* reason_to_wait(const ipc::admin::Reload& /*request*/, base::Uptime now) noexcept
    {
        return reload_limit_.allows(now) ? nullptr : too_many_reloads;
    }
    const char* reason_to_wait(const ipc::admin::SetVerbosity& /*request*/, base::Uptime now) noexcept
    {
        return verbosity_limit_.allows(now) ? nullptr
                                            : "the verbosity was set too often: try again in 2 seconds";
    }
    static const char* reason_to_wait(const auto& /*request*/, base::Uptime /*now*/) noexcept
    {
        return nullptr;
    }
    void start(Client& client, ipc::admin::Hello& hello, std::size_t watchers);
    void start(Client& client, ipc::admin::AskStatus& request, std::size_t watchers);
    void start(Client& client, ipc::admin::AskHosts& request, std::size_t watchers);
    void start(Client& client, ipc::admin::AskHost& request, std::size_t watchers);
    void start(Client& client, ipc::admin::Set& request, std::size_t watchers);
    void start(Client& client, ipc::admin::Clear& request, std::size_t watchers);
    void start(Client& client, ipc::admin::Watch& request, std::size_t watchers);
    void start(Client& client, ipc::admin::AskCounters& request, std::size_t watchers);
    void start(Client& client, ipc::admin::Reload& request, std::size_t watchers);
    void start(Client& client, ipc::admin::SetVerbosity& request, std::size_t watchers);

    void go_on(Client& client, Listing& listing, base::Uptime now);
    bool say_next(Client& client, Listing& listing, base::Uptime now);
    void take_page(Client& client, Listing& listing, KeeperAnswer& answer, base::Uptime now);
    void ask_page(Client& client, Listing& listing);
    static void say_host(Client& client, const ipc::admin::HostRow& row, const KeptHost* kept);
    void look_up(Client& client, const dns::CompactName& name, const KeeperAnswer& answer);
    void end_change(Client& client, const dns::CompactName& name, const ipc::HostChanged& result);
    static void say_changes(Client& client, Watch& watch, std::list<ipc::Changed>& changes);
    void take_changes(Client& client, Watch& watch, KeeperAnswer& answer, base::Uptime now);
    void ask_changes(Client& client, Watch& watch);
    void say_status(Client& client, const ipc::Summary& summary, const DaemonState& state) const;
    std::string label(const dns::CompactName& name) const;

    const ConfiguredHosts& hosts_;
    const Pages& pages_;
    KeeperLink& keeper_;
    Supervision& supervisor_;
    common::ReloadLimit reload_limit_;
    common::ConsoleVerbosityLimit verbosity_limit_;
};

} // namespace console
