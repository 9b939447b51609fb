#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/daemon/console/scene.h"

namespace
{

using console_test::AdminClient;
using console_test::at_second;
using testing::HasSubstr;
namespace admin = ipc::admin;

const base::Address4 old_address{{192, 0, 2, 7}};
const base::Address4 new_address{{192, 0, 2, 8}};

class ConsoleRequests : public console_test::Scene
{
protected:
    ipc::HostRow row(ipc::RequestId id, std::uint32_t index, const std::string& label)
    {
        ipc::HostRow result;
        result.id = id;
        result.index = ipc::HostIndex{index};
        result.name = console_test::name(label + ".dyn.example.org");
        return result;
    }
    /// Answers the request of a new client for all hosts, of which the keeper knows none.
    void answer_without_rows(AdminClient& client)
    {
        client.send(admin::AskHosts{});
        const auto request = asked<ipc::AskHosts>();
        ASSERT_TRUE(request);
        answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    }
    std::string refusal_of(AdminClient& client)
    {
        const auto refusal = client.hear_one<admin::Refusal>();
        return refusal ? refusal->text : "no refusal";
    }
    /// Labels of the rows until Done.
    std::vector<std::string> labels(AdminClient& client)
    {
        std::vector<std::string> result;
        for (auto message = client.hear(); message; message = client.hear()) {
            if (const auto* one = std::get_if<admin::HostRow>(&*message)) {
                result.push_back(one->name.to_text().substr(0, one->name.to_text().find('.')));
            } else if (const auto* follower = std::get_if<admin::HostFollower>(&*message)) {
                result.push_back("+" + follower->name.to_text().substr(0, 3));
            } else if (std::holds_alternative<admin::Done>(*message)) {
                result.emplace_back("done");
            }
        }
        return result;
    }
    /// Answers the request for all hosts: home was updated, nas follows.
    void answer_hosts(AdminClient& client, const admin::AskHosts& wanted)
    {
        client.send(wanted);
        const auto request = asked<ipc::AskHosts>();
        ASSERT_TRUE(request);
        EXPECT_EQ(request->first, ipc::HostIndex{0});
        ipc::HostRow home = row(request->id, 0, "home");
        home.address4 = old_address;
        home.overdue_since = at_second(5);
        home.origin = {*base::parse_address("203.0.113.9"), ipc::Dialect::duckdns, {}};
        home.refused =
            ipc::RefusedAttempts{4, 3, at_second(7), {}, ipc::Dialect::api, ipc::RefusalReason::wrong_secret};
        answer(home);
        answer(ipc::RowFollower{request->id, console_test::name("nas.dyn.example.org")});
        ipc::HostRow nas = row(request->id, 2, "nas");
        nas.kind = ipc::HostKind::follower;
        nas.has_configured_a = true;
        answer(nas);
        answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    }
};

TEST_F(ConsoleRequests, ShowHostsInTheOrderOfTheConfig)
{
    AdminClient client = greeted();
    answer_hosts(client, {});
    const auto home = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(home);
    EXPECT_EQ(home->a, std::vector{old_address});
    EXPECT_EQ(home->dialect, "duckdns");
    EXPECT_EQ(home->ttl, 60U);
    ASSERT_TRUE(home->refused);
    EXPECT_EQ(home->refused->reason, "wrong secret");
    EXPECT_TRUE(client.hear_one<admin::HostFollower>());
    const auto www = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(www);
    EXPECT_EQ(www->kind, admin::HostKind::fixed);
    EXPECT_EQ(www->a.size(), 1U);
    const auto nas = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(nas);
    EXPECT_EQ(nas->a.size(), 1U) << "that of the config";
    EXPECT_EQ(nas->follows->to_text(), "home.dyn.example.org.");
    EXPECT_EQ(client.hear_one<admin::HostRow>()->kind, admin::HostKind::alias);
    const auto done = client.hear_one<admin::Done>();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->place, (admin::Place{1, 2}));
    EXPECT_EQ(done->serial, 3U);
}

// A static host may have a thousand of each family.
TEST_F(ConsoleRequests, ShowHowManyAddressesARowHasNoRoomFor)
{
    std::vector<ipc::ConfiguredHost> hosts{console_test::host("www", ipc::ConfiguredKind::fixed)};
    hosts.front().a.assign(129, hosts.front().a.front());
    start(hosts);
    AdminClient client = greeted();
    answer_without_rows(client);
    const auto www = client.hear_one<admin::HostRow>();
    ASSERT_TRUE(www);
    EXPECT_EQ(www->a.size(), 128U);
    EXPECT_EQ(www->a_left_out, 1U);
    EXPECT_EQ(www->aaaa_left_out, 0U);
}

TEST_F(ConsoleRequests, ShowTheHostsThatFit)
{
    AdminClient client = greeted();
    answer_hosts(client, {"w*.dyn.example.org", admin::Filter::all});
    EXPECT_THAT(labels(client), testing::ElementsAre("www", "done"));
    answer_hosts(client, {"", admin::Filter::overdue});
    EXPECT_THAT(labels(client), testing::ElementsAre("home", "+nas", "done"));
    answer_hosts(client, {"n*", admin::Filter::refused});
    EXPECT_THAT(labels(client), testing::ElementsAre("done"));
}

TEST_F(ConsoleRequests, ShowAThousandHostsInPages)
{
    std::vector<ipc::ConfiguredHost> hosts;
    for (unsigned i = 0; i < 1000; ++i) {
        hosts.push_back(console_test::host("h" + std::to_string(i), ipc::ConfiguredKind::dynamic));
    }
    start(hosts);
    AdminClient client = greeted();
    client.send(admin::AskHosts{});
    std::vector<std::string> all;
    constexpr unsigned in_a_page = 16; // as the console has memory for
    for (unsigned first = 0; first < 1000; first += in_a_page) {
        const auto request = asked<ipc::AskHosts>();
        ASSERT_TRUE(request) << first;
        EXPECT_EQ(request->first, ipc::HostIndex{first});
        ASSERT_EQ(request->count, in_a_page);
        const unsigned end = std::min(1000U, first + in_a_page);
        for (unsigned i = first; i < end; ++i) {
            keeper_.send(row(request->id, i, "h" + std::to_string(i)));
        }
        const auto after = end < 1000 ? std::optional{ipc::HostIndex{end}} : std::nullopt;
        keeper_.send(ipc::RowsEnd{request->id, after, {1, 2}, 3});
        run();
        const auto page = labels(client);
        all.insert(all.end(), page.begin(), page.end());
    }
    ASSERT_EQ(all.size(), 1001U);
    EXPECT_EQ(all.front(), "h0");
    EXPECT_EQ(all[999], "h999");
    EXPECT_EQ(all.back(), "done");
}

// What it has not read waits, and no more is asked of the keeper.
TEST_F(ConsoleRequests, AskForNoPageThatTheClientHasNoRoomFor)
{
    std::vector<ipc::ConfiguredHost> hosts;
    for (unsigned i = 0; i < 5000; ++i) {
        hosts.push_back(console_test::host("h" + std::to_string(i), ipc::ConfiguredKind::fixed));
    }
    start(hosts);
    AdminClient client = greeted();
    answer_without_rows(client);
    std::size_t rows = 0;
    for (int i = 0; i < 200; ++i) {
        rows += labels(client).size();
        run();
    }
    EXPECT_EQ(rows, 5001U);
    client.send(admin::AskHosts{});
    const auto second_request = asked<ipc::AskHosts>();
    ASSERT_TRUE(second_request);
    answer(ipc::RowsEnd{second_request->id, {}, {1, 2}, 3});
    console_test::now += console::command_time; // it reads nothing
    run();
    for (int i = 0; i < 200; ++i) {
        run();
    }
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ConsoleRequests, ShowOneHost)
{
    AdminClient client = greeted();
    client.send(admin::AskHost{console_test::name("WWW.Dyn.example.org")});
    auto request = asked<ipc::AskHost>();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->name.to_text(), "www.dyn.example.org.");
    answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    EXPECT_EQ(client.hear_one<admin::HostRow>()->kind, admin::HostKind::fixed);
    EXPECT_TRUE(client.hear_one<admin::Done>());

    client.send(admin::AskHost{console_test::name("shed.dyn.example.org")});
    request = asked<ipc::AskHost>();
    ASSERT_TRUE(request);
    answer(ipc::RowsEnd{request->id, {}, {1, 2}, 3});
    EXPECT_EQ(refusal_of(client), "there is no host shed");
}

TEST_F(ConsoleRequests, SetAHostAsTheAdministrator)
{
    AdminClient client = greeted();
    client.send(admin::Set{console_test::name("home.dyn.example.org"), new_address, {}});
    const auto request = asked<ipc::SetHost>();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->address4, new_address);
    EXPECT_FALSE(request->address6);
    EXPECT_EQ(request->by.uid, ::getuid()) << "the kernel says it, not the client";
    EXPECT_FALSE(request->by.is_claimed);
    answer(ipc::HostChanged{request->id, ipc::Administered::changed, 8, new_address, {}});
    const auto outcome = client.hear_one<admin::Outcome>();
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->changed);
    EXPECT_EQ(outcome->serial, 8U);
    EXPECT_EQ(outcome->address4, new_address);
}

TEST_F(ConsoleRequests, AreRefusedWithASentence)
{
    using ipc::Administered;
    AdminClient client = greeted();
    const auto refused = [&](const std::string& label, Administered result) {
        client.send(admin::Clear{console_test::name(label + ".dyn.example.org"), true, false, false});
        const auto request = asked<ipc::ClearHost>();
        EXPECT_TRUE(request);
        auto changed = console_test::with_id<ipc::HostChanged>(request ? request->id : ipc::RequestId{});
        changed.result = result;
        answer(changed);
        return refusal_of(client);
    };
    EXPECT_EQ(refused("shed", Administered::no_such_host), "there is no host shed");
    EXPECT_THAT(refused("www", Administered::no_such_host), HasSubstr("www is static"));
    EXPECT_THAT(refused("www", Administered::static_host), HasSubstr("www is static"));
    EXPECT_THAT(refused("nas", Administered::follower), HasSubstr("nas follows another host"));
    EXPECT_THAT(refused("home", Administered::no_challenge), HasSubstr("acme=yes"));
    EXPECT_EQ(refused("home", Administered::private_address),
              "home may not have a private address: see allow_private"); // no, or client
    EXPECT_THAT(refused("home", Administered::invalid_address), HasSubstr("no host can have"));
    EXPECT_THAT(refused("home", Administered::unavailable), HasSubstr("nothing changed"));
}

} // namespace
