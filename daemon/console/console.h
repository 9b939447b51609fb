// The console: the control socket, the metrics, and its channels to the keeper and the supervisor.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/console/client.h"
#include "daemon/console/configured_hosts.h"
#include "daemon/console/keeper_link.h"
#include "daemon/console/metrics_server.h"
#include "daemon/console/pages.h"
#include "daemon/console/requests.h"
#include "daemon/console/scrape.h"
#include "daemon/console/supervision.h"
#include "privsep/event_loop.h"

namespace console
{

inline constexpr std::size_t max_clients = 16;

class Console final : private KeeperLink::Listener,
                      private Supervision::Listener,
                      private MetricsServer::Source
{
public:
    enum class State : std::uint8_t {
        serving = 1,
        done = 2,     ///< was told to quit
        orphaned = 3, ///< the supervisor is gone, or a peer broke the protocol
    };

    struct Ends {
        Supervision::Channel supervisor;
        std::vector<privsep::UniqueFd> control; ///< listeners
        std::vector<privsep::UniqueFd> metrics; ///< the same
        KeeperLink::Channel keeper;
        std::vector<privsep::UniqueFd> pages{}; ///< of counters (pages.h)
    };

    Console(privsep::EventLoop& loop, Ends ends, ConfiguredHosts hosts,
            MetricsServer::Clock clock = common::uptime);
    ~Console() override;
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// Tells the supervisor that clients are served from now on. `layers`: the active sandbox layers.
    void announce(std::uint32_t layers) { supervisor_.announce(layers); }
    /// Waits for events, at most `longest_ms` (-1: no limit), and handles them.
    void turn(int longest_ms = -1);
    State state() const noexcept;

private:
    /// Accepts clients of one listener.
    class Door final : public privsep::Watcher
    {
    public:
        Door(Console& console, privsep::UniqueFd listener) noexcept
            : console_(console), listener_(std::move(listener))
        {
        }
        int get() const noexcept { return listener_.get(); }
        void ready(std::uint32_t /*events*/) override { console_.accept_from(*this); }

    private:
        Console& console_;
        privsep::UniqueFd listener_;
    };
    class Session final : public privsep::Watcher
    {
    public:
        Session(Console& console, AskerId id, privsep::UniqueFd socket) noexcept;
        void ready(std::uint32_t events) override { console_.serve(*this, events); }

        Client client;

    private:
        Console& console_;
    };

    void accept_from(const Door& door);
    void pause_accepting(bool is_paused);
    void serve(Session& session, std::uint32_t events);
    void receive(Client& client);
    void take(Client& client, base::Bytes record);
    void after_events(base::Uptime now);
    void settle(Session& session, base::Uptime now);
    void watch(Session& session);
    bool is_overdue(const Client& client, base::Uptime now) const noexcept;
    int timeout_ms(base::Uptime now) const noexcept;
    std::size_t watchers() const noexcept;
    Client* find(AskerId id) noexcept;

    void keeper_answered(AskerId asker, KeeperAnswer& answer) override;
    void changes_are_new() override;
    void state_arrived(const DaemonState& state) override;
    void reload_ended(const ipc::ReloadOutcome& outcome) override;
    void keeper_attached(privsep::UniqueFd channel) override;
    void collect() override;
    void ask_for_scrape();

    privsep::EventLoop& loop_;
    MetricsServer::Clock clock_;
    ConfiguredHosts hosts_;
    Supervision supervisor_;
    KeeperLink keeper_;
    common::Tally<common::OfConsole> tally_;
    Pages pages_;
    Requests requests_;
    std::list<Door> doors_;
    std::list<Session> sessions_;
    AskerId last_id_ = Requests::metrics;
    std::optional<MetricsServer> metrics_;
    Scrape scrape_;
    bool is_paused_ = false; ///< accept4(2) has failed
    base::Uptime paused_until_{};
};

} // namespace console
