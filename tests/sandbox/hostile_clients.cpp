// Hostile clients of the control socket and the real console: the test is its keeper and its supervisor, too.
// hostile_peers.cpp has the list of all attacks.
#include <gtest/gtest.h>
#include <optional>
#include <random>

#include "proto/ipc/console.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/admin.h"
#include "tests/support/send_descriptors.h"

namespace
{

using privsep::Channel;
using sandbox::LockedChild;
using support::Admin;
using support::whole_name;
namespace admin = ipc::admin;

constexpr std::size_t most_growth = 262144; // bytes

std::vector<admin::ClientToConsole> requests_of_each_kind()
{
    return {admin::Hello{},
            admin::AskStatus{},
            admin::AskHosts{"*a*b*c*", admin::Filter::overdue},
            admin::AskHost{whole_name("home")},
            admin::Set{whole_name("home"), base::Address4{{192, 0, 2, 1}}, std::nullopt},
            admin::Clear{whole_name("home"), true, true, true},
            admin::Watch{whole_name("home"), {1, 2}},
            admin::AskCounters{},
            admin::Reload{},
            admin::SetVerbosity{}};
}

class HostileClients : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        console_.emplace("console");
    }
    void TearDown() override
    {
        console_.reset();
        testing::internal::GetCapturedStderr();
    }
    Admin connected() { return Admin{console_->connect()}; }
    Admin welcomed()
    {
        Admin client = connected();
        EXPECT_TRUE(client.greet());
        return client;
    }
    void expect_serving()
    {
        EXPECT_TRUE(console_->answers());
        welcomed();
    }

    std::optional<LockedChild> console_;
};

TEST_F(HostileClients, AreDisconnectedForEachRecordThatIsCutOrLonger)
{
    for (const admin::ClientToConsole& request : requests_of_each_kind()) {
        const std::vector<std::uint8_t> whole = support::record_of(request);
        for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
            if (size == whole.size()) {
                continue;
            }
            std::vector<std::uint8_t> record = whole;
            record.resize(size);
            Admin client = welcomed();
            client.channel().send_record(record);
            EXPECT_TRUE(client.is_closed()) << "kind " << request.index() << ", " << size << " bytes";
        }
    }
    expect_serving();
}

// The same bytes each time: a run that fails can be repeated.
TEST_F(HostileClients, SendWhatIsNoMessage)
{
    std::mt19937 random{4711}; // NOLINT(cert-msc51-cpp)
    const auto all = requests_of_each_kind();
    for (int i = 0; i < 300; ++i) {
        std::vector<std::uint8_t> record = support::record_of(all.at(random() % all.size()));
        for (unsigned changes = 1 + random() % 4; changes != 0; --changes) {
            record.at(random() % record.size()) = static_cast<std::uint8_t>(random());
        }
        Admin client = connected();
        if (i % 4 != 0) {
            client.send(admin::Hello{});
        }
        client.channel().send_record(record);
        if (i % 16 == 0) {
            ASSERT_TRUE(console_->answers()) << i;
        }
    }
    expect_serving();
}

TEST_F(HostileClients, SendRecordsOfAnyLength)
{
    for (const std::size_t size : {1051U, 4095U, 4096U, 4097U, 60000U, 200000U}) {
        Admin client = welcomed();
        client.channel().send_record(std::vector<std::uint8_t>(size, admin::AskHosts::tag));
        EXPECT_TRUE(client.is_closed()) << size;
    }
    expect_serving();
}

TEST_F(HostileClients, FloodWithRequests)
{
    const std::size_t before = console_->private_memory();
    Admin client = welcomed();
    const auto record = support::record_of(admin::AskStatus{}); // the keeper does not answer
    for (int i = 0; i < 1000; ++i) {
        client.channel().send_record(record);
    }
    EXPECT_TRUE(client.is_closed()) << "one request at a time";
    for (int i = 0; i < 300; ++i) {
        connected();
        if (i % 16 == 0) { // the listener has room for 64
            ASSERT_TRUE(console_->answers());
        }
    }
    expect_serving();
    EXPECT_LE(console_->private_memory(), before + most_growth);
}

// The socket has room for fewer answers than that, and the supervisor's channel for more requests.
TEST_F(HostileClients, AskWithoutReadingTheAnswers)
{
    const std::size_t before = console_->private_memory();
    Admin client = welcomed();
    const auto record = support::record_of(admin::SetVerbosity{});
    privsep::Transfer sent = privsep::Transfer::done;
    for (int i = 0; i < 400 && sent == privsep::Transfer::done; ++i) {
        sent = client.channel().send_record(record);
        ASSERT_TRUE(console_->answers());
    }
    EXPECT_EQ(sent, privsep::Transfer::closed);
    expect_serving();
    EXPECT_LE(console_->private_memory(), before + most_growth);
}

TEST_F(HostileClients, ConnectMoreOftenThanThereIsRoom)
{
    const std::size_t before = console_->descriptors();
    std::vector<Admin> clients;
    for (int i = 0; i < 16; ++i) {
        clients.push_back(welcomed());
    }
    for (int i = 0; i < 40; ++i) {
        Admin one_more = connected();
        one_more.send(admin::Hello{});
        std::optional<admin::ConsoleToClient> answer;
        while (!answer && !one_more.is_closed()) {
            answer = one_more.hear();
        }
        EXPECT_TRUE(console_->answers());
    }
    clients.clear();
    EXPECT_TRUE(support::eventually([&] { return console_->descriptors() == before; }));
    expect_serving();
}

TEST_F(HostileClients, LeaveNoDescriptorBehind)
{
    const std::size_t before = console_->descriptors();
    for (const std::size_t count : {1U, 2U, 200U}) {
        auto [ours, theirs] = Channel::pair();
        Admin client = welcomed();
        ASSERT_TRUE(support::send_with_descriptors(
            client.channel().get(), support::record_of(admin::AskStatus{}), theirs.get(), count));
        theirs = Channel{};
        EXPECT_TRUE(client.is_closed());
        Admin other{ours.release()};
        EXPECT_TRUE(other.is_closed()) << "a process holds the other end";
    }
    EXPECT_TRUE(console_->answers());
    EXPECT_EQ(console_->descriptors(), before);
}

// The keeper answers, the client does not read.
TEST_F(HostileClients, NeverReadTheirAnswers)
{
    using Keeper = privsep::TypedChannel<ipc::KeeperToConsole, ipc::ConsoleToKeeper>;
    const std::size_t before = console_->private_memory();
    Keeper keeper{std::move(console_->peer(0))};
    Admin client = welcomed();
    client.send(admin::Watch{});
    for (int answers = 0; answers < 200; ++answers) {
        std::optional<ipc::ConsoleToKeeper> request;
        for (int turns = 0; turns < 20 && keeper.receive(request) != privsep::Transfer::done; ++turns) {
            ASSERT_TRUE(console_->answers());
        }
        if (!request && answers != 0) { // it asks for no more than the client may still read
            EXPECT_LE(console_->private_memory(), before + most_growth);
            return;
        }
        const auto* asked = request ? std::get_if<ipc::AskChanges>(&*request) : nullptr;
        ASSERT_NE(asked, nullptr);
        for (unsigned i = 0; i < ipc::max_rows; ++i) {
            ipc::Changed change;
            change.id = asked->id;
            change.name = whole_name("h" + std::to_string(i));
            keeper.send(change);
        }
        keeper.send(ipc::ChangesEnd{asked->id, {1, 2}, true});
    }
    FAIL() << "the console never stopped to ask";
}

} // namespace
