// What the console gets of the config.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/reader/endpoints.h"
#include "daemon/reader/setups.h"
#include "privsep/mapping.h"
#include "proto/config/config.h"
#include "proto/ipc/console_setup.h"

namespace
{

constexpr const char* server_lines = "[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\n"
                                     "email=hostmaster@example.org\nttl=300\n";
constexpr const char* five_hosts = "[@home]\ntoken=aSecretThatNobodyKnows\n[@nas]\nfollow=home\nsuffix=::7\n"
                                   "follow_a=yes\n[@www]\na=192.0.2.1\na=192.0.2.2\nttl=60\n"
                                   "[@mail]\ncname=home.dyn.example.org\n[@lab]\nns=ns.example.net\n";

privsep::UniqueFd setup_for_console(const config::Config& config)
{
    const ipc::MakeSetups wanted{{}, false};
    ipc::ReaderSetup own;
    own.path = "/etc/nanodnsd.conf";
    const std::vector<config::SavedHost> imported;
    return reader::SetupMaker{config, wanted, own, imported}.make({ipc::Role::console, 0, 0, 0, 0, 0, 1, 2});
}

TEST(ConsoleSetup, HasEachHostInTheOrderOfTheConfig)
{
    const config::Parsed parsed = config::parse(std::string{server_lines} + five_hosts);
    ASSERT_TRUE(parsed.errors.empty());
    const privsep::UniqueFd sealed = setup_for_console(parsed.config);
    const privsep::Mapping setup{sealed.get()};
    std::optional<ipc::ConsoleSetup> head;
    std::vector<ipc::ConfiguredHost> hosts;
    struct Take {
        std::optional<ipc::ConsoleSetup>& head;
        std::vector<ipc::ConfiguredHost>& hosts;
        void operator()(const ipc::ConsoleSetup& part) const { head = part; }
        void operator()(const ipc::ConfiguredHost& part) const { hosts.push_back(part); }
    };
    ASSERT_TRUE(ipc::read_setup<ipc::ConsolePart>(setup.bytes(), Take{head, hosts}));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->control_sockets, 1);
    EXPECT_EQ(head->metrics_sockets, 2);
    EXPECT_EQ(head->hosts, 5U);
    EXPECT_EQ(head->name_server.to_text(), "ns.example.org.");
    EXPECT_EQ(head->config_path, "/etc/nanodnsd.conf");
    EXPECT_GT(head->config_read.time_since_epoch().count(), 0);
    ASSERT_EQ(hosts.size(), 5U);
    using Kind = ipc::ConfiguredKind;
    const std::vector<Kind> kinds{Kind::dynamic, Kind::follower, Kind::fixed, Kind::alias, Kind::delegated};
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        EXPECT_EQ(hosts[i].kind, kinds[i]) << i;
        EXPECT_EQ(hosts[i].follows.has_value(), i == 1) << i;
    }
    EXPECT_EQ(hosts[0].ttl, 300U);
    EXPECT_EQ(hosts[2].ttl, 60U);
    EXPECT_EQ(hosts[2].a.size(), 2U);
    EXPECT_EQ(hosts[1].follows->to_text(), "home.dyn.example.org.");
}

TEST(ConsoleSetup, HasNoSecret)
{
    const config::Parsed parsed = config::parse(std::string{server_lines} + five_hosts);
    const privsep::UniqueFd sealed = setup_for_console(parsed.config);
    const privsep::Mapping setup{sealed.get()};
    EXPECT_EQ(base::as_text(setup.bytes()).find("aSecretThat"), std::string_view::npos);
}

TEST(ConsoleEndpoints, AreThoseOfTheConfig)
{
    const config::Parsed off = config::parse(std::string{server_lines} + "[control]\nsocket=off\n");
    EXPECT_TRUE(reader::endpoints(off.config, ipc::Service::control).empty());
    EXPECT_TRUE(reader::endpoints(off.config, ipc::Service::metrics).empty());
    const config::Parsed on =
        config::parse(std::string{server_lines} + "[control]\nsocket=/control\n[metrics]\nport=9109\n");
    EXPECT_EQ(reader::endpoints(on.config, ipc::Service::control).size(), 1U);
    const auto metrics = reader::endpoints(on.config, ipc::Service::metrics);
    ASSERT_EQ(metrics.size(), 1U);
    EXPECT_EQ(to_text(metrics[0].address), "127.0.0.1");
    EXPECT_EQ(metrics[0].port, 9109);
}

} // namespace
