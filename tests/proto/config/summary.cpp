#include "proto/config/summary.h"

#include <gtest/gtest.h>

#include "proto/base/text.h"
#include "proto/config/record_data.h"
#include "proto/dns/text.h"
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
              "http          all addresses, port 8080, 64 connections, timeout 3s\n"
              "negative ttl  1m\n"
              "any           all\n"
              "cookies       relaxed, a new secret each day\n"
              "nsid          not set\n"
              "rate limit    1000 per second\n"
              "statistics    every 1d\n"
              "workers       4\n"
              "user          ddns\n"
              "group         not set\n"
              "hosts         2\n"
              "home.dyn.example.org. dynamic, expires after 12h, ttl 5m, a 192.0.2.7, aaaa ::7\n"
              "dyn.example.org. static, ttl 1m, no records\n");
}

TEST(ConfigSummary, HasWhoMayUpdateAHostAndHow)
{
    const auto [config, errors, warnings] = config::parse(config_test::with(
        "[@home]\ntoken=x\nallow_from=192.0.2.0/24 2001:db8::1\nmissing=keep\nallow_private=client\n"
        "require_address=yes\nacme=yes\n[@tv]\nfollow=home\nsuffix=::5\nfollow_a=yes\n"
        "[@nas]\nmissing=remove\nallow_private=no\n[@lan]\n"
        "[group all]\ntoken=y\ntoken=z\nhosts=lan home\n"
        "[group b]\ntoken=w\nhosts=nas\nallow_from=::/0\n"));
    ASSERT_EQ(config_test::list(errors), "");
    const std::string text = summary(config);
    EXPECT_EQ(text.substr(text.find("home.")),
              "home.dyn.example.org. dynamic, expires after 1d, ttl 1m, missing keep, allow_private client, "
              "require_address yes, ACME challenges, allow_from 192.0.2.0/24 2001:db8::1\n"
              "tv.dyn.example.org. follows home.dyn.example.org., ttl 1m, suffix ::5, follow_a yes\n"
              "nas.dyn.example.org. dynamic, expires after 1d, ttl 1m, missing remove, allow_private no\n"
              "lan.dyn.example.org. dynamic, expires after 1d, ttl 1m\n"
              "groups        2\n"
              "all, tokens 2, hosts lan.dyn.example.org. home.dyn.example.org.\n"
              "b, tokens 1, hosts nas.dyn.example.org., allow_from ::/0\n");
}

TEST(ConfigSummary, HasTheValueOfEachRecord)
{
    const auto [config, errors, warnings] = config::parse(config_test::with(
        "[@home]\ntoken=x\nmx=1 a.example\ntxt=x \"a\\\"b\\\\c\\007\\255\"\nmx=0 b.example\n"
        "a=192.0.2.7\n[@*]\ncname=A.example\n[@lab]\nns=a.example\n"
        "[@srv]\nsrv=1 2 3 a.example\ncaa=128 issue \"x; y\"\n[@none]\n[@empty]\ntoken=x\n"));
    ASSERT_EQ(config_test::list(errors), "");
    const std::string text = summary(config);
    EXPECT_EQ(text.substr(text.find("home.")),
              "home.dyn.example.org. dynamic, expires after 1d, ttl 1m, a 192.0.2.7, "
              "txt \"x\" \"a\\\"b\\\\c\\007\\255\", mx 1 a.example., mx 0 b.example.\n"
              "*.dyn.example.org. static, ttl 1m, cname a.example.\n"
              "lab.dyn.example.org. static, ttl 1m, ns a.example.\n"
              "srv.dyn.example.org. static, ttl 1m, caa 128 issue \"x; y\", srv 1 2 3 a.example.\n"
              "none.dyn.example.org. static, ttl 1m, no records\n"
              "empty.dyn.example.org. dynamic, expires after 1d, ttl 1m\n");
}

// What is printed can be copied into a config.
TEST(ConfigSummary, HasValuesThatReadBackAsTheSameData)
{
    const auto [config, errors, warnings] =
        config::parse(config_test::with("[@home]\ntxt=\"\\000 \\\"\\\\;#'\" \"\"\nmx=65535 a.example\n"
                                        "srv=0 65535 1 a.example\ncaa=0 iodef \"mailto:a@b.example\"\n"));
    ASSERT_EQ(config_test::list(errors), "");
    const std::string text = summary(config);
    for (const config::Record& record : config.hosts.at(0).records) {
        std::string key = ", " + base::to_lower(dns::to_text(record.type)) + " ";
        const std::size_t begin = text.find(key) + key.size();
        const std::string value = text.substr(begin, text.find_first_of(",\n", begin) - begin);
        const auto again = config::read_data(record.type, value, {});
        ASSERT_TRUE(std::holds_alternative<config::RecordData>(again)) << value;
        EXPECT_EQ(std::get<config::RecordData>(again), record.data) << value;
    }
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
    const auto more = summary(config::parse(config_test::with("[@h]\ntoken=x\nexpect=2h\n")).config);
    EXPECT_NE(more.find("\nh.dyn.example.org. dynamic, expires after 1d, expected every 2h, ttl 1m"),
              std::string::npos)
        << more;
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
