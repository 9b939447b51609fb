#include "proto/config/summary.h"

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

TEST(ConfigSummary, ListsAllOptionsAndHosts)
{
    const auto [config, errors, warnings] = config::parse(
        config_test::with("nameserver=ns.example.org ns.example.net\nlisten=192.0.2.1 ::1\nany=all\n"
                          "user=ddns\nworkers=4\n[udp]\nport=0\n[tcp]\ntimeout=90\n[http]\nport=8080\n"
                          "[@home]\ntoken=geheimnis\nexpire=12h\nttl=5m\na=192.0.2.7\naaaa=::7\n[@]\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(summary(config),
              "domain        dyn.example.org.\n"
              "name servers  ns.example.org. ns.example.net.\n"
              "mailbox       hostmaster.example.org.\n"
              "dns udp       192.0.2.1 ::1, any free port\n"
              "dns tcp       192.0.2.1 ::1, port 53, 16 connections, timeout 90s\n"
              "http          all addresses, port 8080, 16 connections, timeout 3s\n"
              "negative ttl  1m\n"
              "any           all\n"
              "cookies       relaxed, secret generated at start\n"
              "nsid          not set\n"
              "rate limit    1000 per second\n"
              "statistics    every 1d\n"
              "workers       4\n"
              "user          ddns\n"
              "group         not set\n"
              "hosts         2\n"
              "home.dyn.example.org. dynamic, expires after 12h, ttl 5m, a 192.0.2.7, aaaa ::7\n"
              "dyn.example.org. static, ttl 1m, no address\n");
}

TEST(ConfigSummary, CountsTheRecordsOfEachType)
{
    const auto [config, errors, warnings] = config::parse(
        config_test::with("[@home]\ntoken=x\nmx=1 a.example\ntxt=x\nmx=2 a.example\na=192.0.2.7\n"
                          "[@*]\ncname=a.example\n[@lab]\nns=a.example\n"
                          "[@srv]\nsrv=0 0 1 a.example\ncaa=0 issue x\n[@none]\n"));
    ASSERT_EQ(config_test::list(errors), "");
    const std::string text = summary(config);
    EXPECT_EQ(text.substr(text.find("home.")),
              "home.dyn.example.org. dynamic, expires after 1d, ttl 1m, a 192.0.2.7, txt 1, mx 2\n"
              "*.dyn.example.org. static, ttl 1m, cname 1\n"
              "lab.dyn.example.org. static, ttl 1m, ns 1\n"
              "srv.dyn.example.org. static, ttl 1m, caa 1, srv 1\n"
              "none.dyn.example.org. static, ttl 1m, no address\n");
}

TEST(ConfigSummary, SaysWhatIsTurnedOff)
{
    const auto [config, errors, warnings] =
        config::parse(config_test::with("rate_limit=0\nstats_interval=0\ngroup=g\n"));
    ASSERT_EQ(config_test::list(errors), "");
    const std::string text = summary(config);
    EXPECT_NE(text.find("\nrate limit    off\nstatistics    off\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nuser          not set\ngroup         g\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nany           minimal\n"), std::string::npos) << text;
}

TEST(ConfigSummary, SaysThatAHostNeverExpires)
{
    const auto text = summary(config::parse(config_test::with("[@h]\ntoken=x\nexpire=never\n")).config);
    EXPECT_NE(text.find("\nh.dyn.example.org. dynamic, never expires, ttl 1m"), std::string::npos) << text;
}

TEST(TimeText, HasTheLargestUnitThatDividesIt)
{
    using base::Seconds;
    EXPECT_EQ(config::to_text(Seconds{0}), "0s");
    EXPECT_EQ(config::to_text(Seconds{59}), "59s");
    EXPECT_EQ(config::to_text(Seconds{60}), "1m");
    EXPECT_EQ(config::to_text(Seconds{3660}), "61m");
    EXPECT_EQ(config::to_text(Seconds{7200}), "2h");
    EXPECT_EQ(config::to_text(Seconds{172800}), "2d");
}

} // namespace
