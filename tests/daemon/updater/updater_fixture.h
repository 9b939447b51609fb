// The updater in the test's process. The test plays the keeper and the supervisor; clients are real
// connections on the loopback interface. Every wait is for an event.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include "daemon/updater/updater.h"

namespace updater
{

inline base::Uptime test_clock_now{1000};
inline base::Uptime test_clock() noexcept
{
    return test_clock_now;
}

/// An HTTP client.
class Browser
{
public:
    explicit Browser(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = port;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    /// On a connected socket.
    explicit Browser(privsep::UniqueFd socket) : socket_(std::move(socket)), connected_(true) {}
    bool connected() const { return connected_; }
    void send(std::string_view text)
    {
        EXPECT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    void end() { ::shutdown(socket_.get(), SHUT_WR); }
    /// Closes with a reset: after an orderly close the client could still wait for the answer.
    void hang_up()
    {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }

    /// All that has been received so far.
    std::string received()
    {
        std::array<char, 4096> room{};
        ssize_t size = 0;
        while ((size = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0) {
            text_.append(room.data(), static_cast<std::size_t>(size));
        }
        ended_ = size == 0;
        return text_;
    }
    /// Whether the updater has closed its side.
    bool ended()
    {
        received();
        return ended_;
    }

private:
    privsep::UniqueFd socket_;
    std::string text_;
    bool connected_ = false;
    bool ended_ = false;
};

using KeeperEnd = privsep::TypedChannel<ipc::KeeperToUpdater, ipc::UpdaterToKeeper>;
using SupervisorEnd = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>;

class UpdaterFixture : public ::testing::Test
{
protected:
    /// `send_buffer`: of the channel to the keeper, in bytes; 0: as it is in the daemon.
    void start(std::uint16_t connections = 16, int send_buffer = 0)
    {
        auto [keeper_end, updater_end] = privsep::Channel::pair();
        if (send_buffer != 0) {
            ASSERT_EQ(
                ::setsockopt(updater_end.get(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer), 0);
        }
        auto [supervisor_end, control_end] = privsep::Channel::pair();
        keeper = KeeperEnd{std::move(keeper_end)};
        supervisor = SupervisorEnd{std::move(supervisor_end)};
        ipc::UpdaterSetup setup;
        setup.http_sockets = 1;
        setup.connections = connections;
        setup.trusted_proxies = trusted_proxies;
        setup.proxy_header = proxy_header;
        setup.has_page = has_page;
        setup.https_port = https_port;
        Updater::Ends ends;
        ends.supervisor = privsep::ControlChannel{std::move(control_end)};
        ends.keeper = KeeperLink::Channel{std::move(updater_end)};
        ends.listeners.push_back(listen());
        ends.counters = counters.data();
        if (unix_socket) {
            ends.listeners.push_back(std::move(unix_socket));
        }
        updater.emplace(loop, std::move(ends), setup, test_clock);
    }

    /// Turns the loop until `holds` is true; fails if that does not happen.
    template <typename Condition>
    bool turn_until(Condition holds)
    {
        for (int i = 0; i < 500; ++i) {
            if (holds()) {
                return true;
            }
            updater->turn(10);
        }
        ADD_FAILURE() << "the condition was not met";
        return false;
    }
    /// Handles all pending events.
    void turn_until_quiet()
    {
        pollfd events{loop.get(), POLLIN, 0};
        for (int i = 0; i < 500 && ::poll(&events, 1, 20) > 0; ++i) {
            updater->turn(0);
        }
    }

    Browser browse(std::string_view request = {})
    {
        Browser browser{port_};
        EXPECT_TRUE(browser.connected());
        browser.send(request);
        return browser;
    }
    bool is_reachable() const { return Browser{port_}.connected(); }
    /// The whole reply, once the updater has closed its side.
    std::string reply(Browser& browser)
    {
        turn_until([&] { return browser.ended(); });
        return browser.received();
    }

    std::optional<ipc::UpdaterToKeeper> received_by_keeper()
    {
        std::optional<ipc::UpdaterToKeeper> message;
        keeper.receive(message);
        return message;
    }
    ipc::Propose next_proposal()
    {
        std::optional<ipc::UpdaterToKeeper> message;
        turn_until([&] { return (message = received_by_keeper()).has_value(); });
        return message ? std::get<ipc::Propose>(*message) : ipc::Propose{};
    }
    ipc::Look next_look()
    {
        std::optional<ipc::UpdaterToKeeper> message;
        turn_until([&] { return (message = received_by_keeper()).has_value(); });
        return message ? std::get<ipc::Look>(*message) : ipc::Look{};
    }
    /// Of a proposal with one host.
    void settle(ipc::RequestId id, ipc::Verdict verdict)
    {
        ipc::Settled settled{id, {{}}, {}};
        settled.hosts.front().verdict = verdict;
        settle(settled);
    }
    void settle(const ipc::Settled& settled) { EXPECT_EQ(keeper.send(settled), privsep::Transfer::done); }
    /// Connects a new keeper.
    void attach_new_keeper()
    {
        auto [keeper_end, updater_end] = privsep::Channel::pair();
        keeper = KeeperEnd{std::move(keeper_end)};
        EXPECT_EQ(supervisor.send(ipc::Attach{ipc::Role::keeper, 0}, updater_end.get()),
                  privsep::Transfer::done);
    }
    bool keeper_is_disconnected()
    {
        std::optional<ipc::UpdaterToKeeper> message;
        return keeper.receive(message) == privsep::Transfer::closed;
    }

    // the setup's, before start()
    std::vector<base::Network> trusted_proxies;
    ipc::ProxyHeader proxy_header = ipc::ProxyHeader::x_forwarded_for;
    privsep::UniqueFd unix_socket; ///< a second listener
    bool has_page = false;
    std::uint16_t https_port = 0;

    std::uint64_t counted(common::OfUpdater slot) const { return counters[static_cast<std::size_t>(slot)]; }

    std::array<std::uint64_t, privsep::counter_page_slots> counters{}; ///< as if there was a console
    privsep::EventLoop loop;
    KeeperEnd keeper;
    SupervisorEnd supervisor;
    std::optional<Updater> updater;

private:
    privsep::UniqueFd listen()
    {
        privsep::UniqueFd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener.get(), 64), 0);
        EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = address.sin_port;
        return listener;
    }

    std::uint16_t port_ = 0; // in network byte order
};

} // namespace updater
