// A console in this process, between a keeper, a supervisor and clients that are the test.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "daemon/console/console.h"
#include "privsep/sealed_memory.h"
#include "proto/ipc/admin.h"

namespace console_test
{

namespace admin = ipc::admin;
using privsep::Channel;
using privsep::Transfer;

inline dns::CompactName name(const std::string& text)
{
    return dns::CompactName{*dns::Name::from_text(text)};
}

inline base::UnixTime at_second(std::int64_t number)
{
    return base::UnixTime{base::Seconds{number}};
}

inline ipc::ConfiguredHost host(const std::string& label, ipc::ConfiguredKind kind)
{
    ipc::ConfiguredHost result;
    result.name = name(label + ".dyn.example.org");
    result.kind = kind;
    result.ttl = 60;
    result.a = {base::Address4{{192, 0, 2, 200}}};
    return result;
}

/// home, www (static), nas (follows home), mail (alias).
inline std::vector<ipc::ConfiguredHost> four_hosts()
{
    std::vector<ipc::ConfiguredHost> hosts{
        host("home", ipc::ConfiguredKind::dynamic), host("www", ipc::ConfiguredKind::fixed),
        host("nas", ipc::ConfiguredKind::follower), host("mail", ipc::ConfiguredKind::alias)};
    hosts[2].follows = hosts[0].name;
    hosts[3].a.clear();
    return hosts;
}

inline console::ConfiguredHosts setup_of(const std::vector<ipc::ConfiguredHost>& hosts)
{
    ipc::ConsoleSetup head;
    head.control_sockets = 1;
    head.hosts = static_cast<std::uint32_t>(hosts.size());
    head.apex = name("dyn.example.org");
    head.name_server = name("ns.example.org");
    head.config_path = "/etc/nanodnsd/nanodnsd.conf";
    head.config_read = base::UnixTime{base::Seconds{200}};
    head.up_since = base::UnixTime{base::Seconds{100}};
    std::vector<std::uint8_t> bytes;
    ipc::append_record(bytes, head);
    for (const ipc::ConfiguredHost& one : hosts) {
        ipc::append_record(bytes, one);
    }
    privsep::SealedMemory memory{"console"};
    memory.append(bytes);
    const privsep::UniqueFd sealed = std::move(memory).seal();
    return console::ConfiguredHosts::read(privsep::Mapping{sealed.get()}).value();
}

template <typename Message>
Message with_id(ipc::RequestId id)
{
    Message message;
    message.id = id;
    return message;
}

inline base::Uptime now{1000};
inline base::Uptime clock_of_test() noexcept
{
    return now;
}

/// A client of the control socket.
class AdminClient
{
public:
    explicit AdminClient(privsep::UniqueFd fd) : channel_(std::move(fd)) {}

    Transfer send(const admin::ClientToConsole& message)
    {
        std::vector<std::uint8_t> room(admin::max_request);
        return channel_.send_record(ipc::encode(message, room));
    }
    Transfer send_bytes(base::Bytes record) { return channel_.send_record(record); }
    /// The next message, if there is one.
    std::optional<admin::ConsoleToClient> hear()
    {
        std::vector<std::uint8_t> room(admin::max_answer);
        const auto received = channel_.receive_record(room);
        is_closed_ = is_closed_ || received.transfer == Transfer::closed;
        return received.transfer == Transfer::done ? ipc::decode<admin::ConsoleToClient>(received.record)
                                                   : std::nullopt;
    }
    template <typename Message>
    std::optional<Message> hear_one()
    {
        const auto message = hear();
        const auto* one = message ? std::get_if<Message>(&*message) : nullptr;
        return one != nullptr ? std::optional{*one} : std::nullopt;
    }
    bool is_closed()
    {
        while (hear()) {}
        return is_closed_;
    }
    Channel& channel() noexcept { return channel_; }

private:
    Channel channel_;
    bool is_closed_ = false;
};

class Scene : public testing::Test
{
protected:
    using Keeper = privsep::TypedChannel<ipc::KeeperToConsole, ipc::ConsoleToKeeper>;
    using Supervisor = privsep::TypedChannel<ipc::SupervisorToConsole, ipc::ConsoleToSupervisor>;

    Scene() { start(four_hosts()); }

    void start(const std::vector<ipc::ConfiguredHost>& hosts)
    {
        console_.reset();
        loop_ = std::make_unique<privsep::EventLoop>();
        console::Console::Ends ends;
        auto [supervisor, theirs] = Channel::pair();
        supervisor_ = Supervisor{std::move(supervisor)};
        ends.supervisor = console::Supervision::Channel{std::move(theirs)};
        ends.keeper = console::KeeperLink::Channel{new_keeper()};
        privsep::UniqueFd listener{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const sa_family_t family = AF_UNIX;
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family), 0);
        EXPECT_EQ(::listen(listener.get(), 64), 0);
        size_ = sizeof address_;
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address_), &size_);
        ends.control.push_back(std::move(listener));
        ends.pages = std::move(pages_);
        console_ =
            std::make_unique<console::Console>(*loop_, std::move(ends), setup_of(hosts), clock_of_test);
    }
    /// The console's end of a new channel; keeper_ is the other end.
    Channel new_keeper()
    {
        auto [ours, theirs] = Channel::pair();
        keeper_ = Keeper{std::move(ours)};
        return std::move(theirs);
    }
    void attach_new_keeper()
    {
        const Channel theirs = new_keeper();
        supervisor_.send(ipc::Attach{ipc::Role::keeper, 0}, theirs.get());
    }

    /// Handles all events that there are.
    void run()
    {
        for (int i = 0; i < 40; ++i) {
            console_->turn(0);
        }
    }
    AdminClient connect()
    {
        privsep::UniqueFd fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), size_), 0);
        return AdminClient{std::move(fd)};
    }
    /// A client that was welcomed.
    AdminClient greeted()
    {
        AdminClient client = connect();
        client.send(admin::Hello{admin::protocol_version, 4711});
        run();
        EXPECT_TRUE(client.hear_one<admin::Welcome>());
        return client;
    }
    /// What the console asks of the keeper next.
    template <typename Message>
    std::optional<Message> asked()
    {
        run();
        std::optional<ipc::ConsoleToKeeper> message;
        keeper_.receive(message);
        const auto* one = message ? std::get_if<Message>(&*message) : nullptr;
        return one != nullptr ? std::optional{*one} : std::nullopt;
    }
    template <typename Message>
    std::optional<Message> asked_supervisor()
    {
        run();
        std::optional<ipc::ConsoleToSupervisor> message;
        supervisor_.receive(message);
        const auto* one = message ? std::get_if<Message>(&*message) : nullptr;
        return one != nullptr ? std::optional{*one} : std::nullopt;
    }
    void answer(const ipc::KeeperToConsole& message)
    {
        keeper_.send(message);
        run();
    }

    sockaddr_storage address_{};
    socklen_t size_ = 0;
    std::vector<privsep::UniqueFd> pages_; ///< of counters, for the next start()
    Supervisor supervisor_;
    Keeper keeper_;
    std::unique_ptr<privsep::EventLoop> loop_;
    std::unique_ptr<console::Console> console_;
};

} // namespace console_test
