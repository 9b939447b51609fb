#include "proto/ipc/change_line.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace ipc;

namespace
{

const std::string client = "192.0.2.7";

/// Lines as the keeper writes them.
const std::vector<std::string> lines_of_changes = {
    "home.dyn.example.org. A 192.0.2.7 (was 192.0.2.1), AAAA removed, by dyndns2 from 192.0.2.7, serial 17",
    "home.dyn.example.org. A removed, AAAA 2001:db8::1, by duckdns from 2001:db8::9, serial 4294967295",
    "home.dyn.example.org. prefix 2001:db8::/56 (was 2001:db8:1::/48), by api from 192.0.2.7, serial 1",
    "home.dyn.example.org. no address, by httpreq from 192.0.2.7, serial 1",
    "home.dyn.example.org. A removed, its lifetime expired, serial 18",
    "home.dyn.example.org. A 192.0.2.7, by an administrator, uid 1000, serial 3",
    "home.dyn.example.org. A 192.0.2.7, by an administrator, says uid 1000, serial 3",
    "home.dyn.example.org. A 192.0.2.7, by an administrator, serial 3",
    "home.dyn.example.org. A 192.0.2.7, by page through a proxy, serial 3",
    "home.dyn.example.org. TXT abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_- added, TXT "
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx removed, by acme-dns from 192.0.2.7, serial 3",
    "home.dyn.example.org. AAAA 2001:db8::1, with 2 followers (nas.dyn.example.org., tv.dyn.example.org.), "
    "by dyndns2 from 192.0.2.7, serial 3",
    "home.dyn.example.org. AAAA 2001:db8::1, with 1 follower (nas.dyn.example.org.), by api from 192.0.2.7, "
    "serial 3",
    "home.dyn.example.org. A 192.0.2.7, by dyndns2 from 192.0.2.7, serial 3 (12 earlier changes of this host "
    "were not logged)",
    "home.dyn.example.org. A 192.0.2.12, serial 3 (the last 2 changes of this host were not logged)",
    "home.dyn.example.org. unchanged, by dyndns2 from 192.0.2.7",
    "home.dyn.example.org. unchanged, by an administrator, uid 0",
};

} // namespace

TEST(ChangeLine, IsReadAsWhatWasWritten)
{
    for (const std::string& text : lines_of_changes) {
        const auto line = read_change_line(text);
        ASSERT_TRUE(line) << text;
        EXPECT_EQ(to_text(*line), text);
    }
}

TEST(ChangeLine, HasItsValues)
{
    const auto line = read_change_line(lines_of_changes.front());
    ASSERT_TRUE(line);
    EXPECT_EQ(line->host, *dns::Name::from_text("home.dyn.example.org"));
    EXPECT_EQ(base::to_text(*line->a.now), "192.0.2.7");
    EXPECT_EQ(base::to_text(*line->a.before), "192.0.2.1");
    EXPECT_TRUE(line->aaaa.is_removed);
    EXPECT_EQ(line->cause, Cause::update);
    EXPECT_EQ(line->origin, (Origin{*base::parse_address(client), Dialect::dyndns2, {}}));
    EXPECT_EQ(line->serial, 17U);
    EXPECT_EQ(read_change_line(lines_of_changes.at(4))->cause, Cause::expiry);
    const Origin administrator{{}, {}, Administrator{1000, true}};
    EXPECT_EQ(read_change_line(lines_of_changes.at(6))->origin, administrator);
    EXPECT_EQ(read_change_line(lines_of_changes.at(10))->followers.size(), 2U);
    EXPECT_EQ(read_change_line(lines_of_changes.at(13))->left_out, 2U);
}

TEST(ChangeLine, NamesTheFirstEightFollowers)
{
    ChangeLine line = *read_change_line(lines_of_changes.front());
    line.followers.assign(most_followers_named, *dns::Name::from_text("b.example"));
    line.all_followers = 9;
    const std::string text = to_text(line);
    EXPECT_NE(text.find(", with 9 followers (b.example., "), std::string::npos);
    EXPECT_NE(text.find(", b.example., ...), by"), std::string::npos);
    EXPECT_EQ(read_change_line(text), line);
}

dns::Name longest_name(std::uint8_t byte)
{
    std::array<std::uint8_t, 255> wire{};
    wire.fill(byte);
    wire[0] = wire[64] = wire[128] = 63;
    wire[192] = 61;
    wire[254] = 0;
    base::Reader in{wire};
    return dns::Name::read(in);
}

// The longest line of all.
TEST(ChangeLine, NamesFewerFollowersIfItWouldBeCut)
{
    ChangeLine line = *read_change_line(lines_of_changes.at(9));
    line.added.push_back(line.added.front());
    line.removed.push_back(line.removed.front());
    const base::Address6 address6 = *base::parse_address6("2001:db8:1111:1111:1111:1111:1111:1111");
    line.a = {base::Address4{{203, 100, 113, 100}}, base::Address4{{203, 100, 113, 101}}, false};
    line.aaaa = {address6, address6, false};
    line.prefix = {base::Prefix6{address6, 128}, base::Prefix6{address6, 128}, false};
    line.origin = Origin{base::Address{address6}, Dialect::acme_dns, {}};
    line.serial = line.all_followers = line.left_out = 4294967295;
    for (const auto& [byte, followers] : {std::pair{'n', 4U}, std::pair{'\1', 0U}}) {
        line.host = longest_name(static_cast<std::uint8_t>(byte));
        line.followers.assign(most_followers_named, line.host);
        const std::string text = to_short_text(line);
        EXPECT_LE(text.size(), longest_change_line);
        line.followers.resize(followers);
        EXPECT_EQ(read_change_line(text), line) << text;
    }
}

// A name of the config may have any bytes.
TEST(ChangeLine, IsReadWithANameThatLooksLikeAPartOfALine)
{
    ChangeLine line = *read_change_line(lines_of_changes.at(10));
    for (const char* name : {"a, by b.c.", "x) y.", "removed,.", "(was.", ").", R"(a\.b\\.c)", "..."}) {
        std::array<std::uint8_t, 64> wire{};
        const std::string label = name;
        wire[0] = static_cast<std::uint8_t>(label.size());
        std::copy(label.begin(), label.end(), wire.begin() + 1);
        base::Reader in{wire};
        line.host = dns::Name::read(in);
        line.followers = {line.host, line.host};
        ASSERT_TRUE(in.ok());
        EXPECT_EQ(read_change_line(to_text(line)), line) << to_text(line);
    }
}

TEST(ChangeLine, IsNoOtherLineOfTheLog)
{
    for (const char* text :
         {"", " ", "home.dyn.example.org.", "statistics: updates 1 stored, 2 unchanged",
          "refused an update of home.dyn.example.org. from 192.0.2.7: wrong token",
          "home.dyn.example.org. is overdue: there was no update for 86400 s",
          "home.dyn.example.org A removed, its lifetime expired, serial 18",
          "home.dyn.example.org. A removed, its lifetime expired, serial 018",
          "home.dyn.example.org. A removed, its lifetime expired, serial 4294967296",
          "home.dyn.example.org. A removed,  its lifetime expired, serial 18",
          "home.dyn.example.org. A 192.0.2.300, by dyndns2 from 192.0.2.7, serial 17",
          "home.dyn.example.org. A 192.0.2.3, by nobody from 192.0.2.7, serial 17",
          "home.dyn.example.org. AAAA removed, A removed, by dyndns2 from 192.0.2.7, serial 17",
          "home.dyn.example.org. TXT abc added, by dyndns2 from 192.0.2.7, serial 17",
          "home.dyn.example.org. A 192.0.2.12, serial 3"}) {
        EXPECT_FALSE(read_change_line(text)) << text;
    }
    for (const std::string& text : lines_of_changes) {
        EXPECT_FALSE(read_change_line(text + " ")) << text;
        for (std::size_t kept = 0; kept < text.size(); ++kept) {
            const auto line = read_change_line(text.substr(0, kept));
            EXPECT_TRUE(!line || to_text(*line) == text.substr(0, kept)) << text << ' ' << kept;
        }
    }
}
