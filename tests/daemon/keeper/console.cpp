// What the console is answered by the keeper.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/keeper/console_link.h"
#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using testing::ElementsAre;
using testing::HasSubstr;

namespace
{

std::string line_of(const ipc::HostRow& row)
{
    const auto shown = [](const auto& value) { return value ? base::to_text(*value) : std::string{"-"}; };
    return row.name.to_text() + ' ' + shown(row.address4) + ' ' + shown(row.address6) +
           (row.follows ? " follows " + row.follows->to_text() : "") +
           (row.kind == ipc::HostKind::fixed ? " fixed" : "");
}
std::string line_of(const ipc::RowFollower& row)
{
    return "follower " + row.name.to_text();
}
std::string line_of(const ipc::RowsEnd& end)
{
    return "end " + (end.next ? std::to_string(static_cast<std::uint32_t>(*end.next)) : "-");
}
std::string line_of(const ipc::HostChanged& changed)
{
    return "result " + std::to_string(static_cast<int>(changed.result)) + ' ' +
           (changed.address4 ? base::to_text(*changed.address4) : "-") + ' ' +
           (changed.address6 ? base::to_text(*changed.address6) : "-");
}
std::string line_of(const ipc::HostAddresses& addresses)
{
    return (addresses.a ? base::to_text(*addresses.a) : "-") + ' ' +
           (addresses.aaaa ? base::to_text(*addresses.aaaa) : "-");
}
std::string line_of(const ipc::Changed& changed)
{
    return std::to_string(changed.place.number) + ' ' + changed.name.to_text() + ' ' +
           line_of(changed.before) + " to " + line_of(changed.now) + ' ' + std::to_string(changed.serial) +
           (changed.has_configured_a ? " with the configured A" : "");
}
std::string line_of(const ipc::ChangesEnd& end)
{
    return "end " + std::to_string(end.place.number) + (end.has_more ? " more" : "");
}
std::string line_of(const ipc::ChangesLost& lost)
{
    return "lost " + std::to_string(lost.place.number);
}
std::string line_of(const ipc::NewChanges& /*news*/)
{
    return "new";
}
std::string line_of(const ipc::Summary& summary)
{
    return std::to_string(summary.hosts) + " hosts, " + std::to_string(summary.with_address) +
           " with an address, last " + (summary.last_host ? summary.last_host->to_text() : "-");
}

constexpr std::uint64_t list = 77;

/// www is static, with a key for its challenge. nas and tv follow host a.
class Console : public KeeperChannels
{
protected:
    Console()
    {
        fixture_.accounts.push_back(account(13, "www"));
        fixture_.accounts.back().is_static = true;
        fixture_.accounts.back().challenge_keys = {
            common::hash_token(*base::Token::from("key"), ipc::Salt{77})};
        fixture_.followers = {
            {ipc::HostIndex{5}, name_of("nas"), ipc::HostIndex{10}, *base::parse_address6("::2"), true},
            {ipc::HostIndex{51}, name_of("tv"), ipc::HostIndex{10}, *base::parse_address6("::3"), false}};
        start_all();
    }
    void start_all()
    {
        link_.reset();
        start();
        fixture_.ledger().list_changes(list);
        link_.emplace(loop_, fixture_.ledger(), *feeds_, report_peer_);
        attach();
    }
    void attach()
    {
        auto [ours, theirs] = privsep::Channel::pair();
        link_->attach(ours.release());
        console_ = std::move(theirs);
    }
    void send_request(const ipc::ConsoleToKeeper& request)
    {
        ByteVector room(ipc::max_record);
        ASSERT_EQ(console_.send_record(ipc::encode(request, room)), privsep::Transfer::done);
    }
    Lines answers()
    {
        Lines lines;
        for (const auto& message : receive<ipc::KeeperToConsole>(console_)) {
            lines.push_back(std::visit([](const auto& m) { return line_of(m); }, message));
        }
        return lines;
    }
    Lines ask(const ipc::ConsoleToKeeper& request)
    {
        send_request(request);
        turns();
        return answers();
    }
    ipc::HostRow row_of(std::string_view host)
    {
        send_request(ipc::AskHost{{}, dns::CompactName{name_of(host)}});
        turns();
        const auto messages = receive<ipc::KeeperToConsole>(console_);
        const auto* row = std::get_if<ipc::HostRow>(&messages.at(0));
        return row == nullptr ? ipc::HostRow{} : *row;
    }
    ipc::SetHost set(std::string_view host, std::uint8_t last)
    {
        return {ipc::RequestId{3},
                {1000, false},
                dns::CompactName{name_of(host)},
                base::Address4{{192, 0, 2, last}},
                {}};
    }
    void change(std::string_view host, std::uint8_t last)
    {
        fixture_.propose(set4(host, last));
        link_->announce();
    }

    std::optional<ConsoleLink> link_;
    privsep::Channel console_;
};

} // namespace

TEST_F(Console, GetsPagesOfHostsInTheOrderOfTheConfig)
{
    fixture_.propose(set4("b", 7));
    fixture_.propose(set_prefix("a", "2001:db8::"));
    EXPECT_THAT(ask(ipc::AskHosts{}),
                ElementsAre("nas.example.org. - 2001:db8::2 follows a.example.org.", "a.example.org. - -",
                            "follower nas.example.org.", "follower tv.example.org.",
                            "b.example.org. 192.0.2.7 -", "c.example.org. - -", "www.example.org. - - fixed",
                            "tv.example.org. - 2001:db8::3 follows a.example.org.", "end -"));
    EXPECT_THAT(ask(ipc::AskHosts{{}, ipc::HostIndex{11}, 2}),
                ElementsAre("b.example.org. 192.0.2.7 -", "c.example.org. - -", "end 13"));
    EXPECT_THAT(ask(ipc::AskHosts{{}, ipc::HostIndex{13}, 0}), ElementsAre("end 13"));
    EXPECT_THAT(ask(ipc::AskHosts{{}, ipc::HostIndex{0xFFFFFFFF}, 64}), ElementsAre("end -"));
    EXPECT_THAT(ask(ipc::AskHost{{}, dns::CompactName{name_of("tv")}}),
                ElementsAre("tv.example.org. - 2001:db8::3 follows a.example.org.", "end -"));
    EXPECT_THAT(ask(ipc::AskHost{{}, dns::CompactName{name_of("nowhere")}}), ElementsAre("end -"));
}

TEST_F(Console, GetsAllOfAHost)
{
    fixture_.accounts[1].expect = base::Seconds{60};
    fixture_.accounts[1].token_sets_challenge = true;
    start_all();
    fixture_.pass(1000); // the time of the fixture starts at 0
    EXPECT_TRUE(row_of("b").has_configured_a);
    EXPECT_FALSE(row_of("b").seen || row_of("b").changed);
    ipc::Propose proposal = set_prefix("b", "2001:db8::");
    proposal.dialect = ipc::Dialect::api;
    fixture_.propose(proposal);
    fixture_.propose(set_txt("b", 'x'));
    ipc::HostRow row = row_of("b");
    EXPECT_EQ(row.index, ipc::HostIndex{11});
    EXPECT_FALSE(row.has_configured_a || row.has_configured_aaaa);
    EXPECT_EQ(base::to_text(row.prefix.value()), "2001:db8::/64");
    EXPECT_EQ(row.challenge.size(), 1U);
    EXPECT_EQ(row.lifetime, base::Seconds{3600});
    EXPECT_EQ(row.expect, base::Seconds{60});
    EXPECT_EQ(row.changed, row.seen);
    EXPECT_EQ(row.expires.value() - row.seen.value(), base::Seconds{3600});
    EXPECT_EQ(row.origin, (ipc::Origin{proposal.client, ipc::Dialect::api, {}}));
    EXPECT_FALSE(row.overdue_since || row.refused || row.follows);
    fixture_.pass(60'000);
    logged([&] { fixture_.ledger().expire(fixture_.now()); });
    EXPECT_EQ(row_of("b").overdue_since.value() - row.seen.value(), base::Seconds{60});
    row = row_of("c");
    EXPECT_FALSE(row.changed || row.seen || row.expires || row.expect || row.overdue_since);
    EXPECT_EQ(row.origin, ipc::Origin{});
    row = row_of("tv");
    EXPECT_TRUE(row.has_configured_a && row.has_configured_aaaa);
    EXPECT_EQ(row.follows.value().get(), name_of("a"));
}

TEST_F(Console, SetsAndClearsAddressesWithoutASecret)
{
    attach_responder(0);
    turns();
    fed(0);
    EXPECT_THAT(ask(set("b", 9)), ElementsAre("result 1 192.0.2.9 -"));
    EXPECT_THAT(fed(0), ElementsAre(HasSubstr("11 192.0.2.9 ")));
    EXPECT_THAT(ask(set("b", 9)), ElementsAre("result 2 192.0.2.9 -"));
    ipc::SetHost both = set("b", 8);
    both.address4.reset();
    both.address6 = *base::parse_address6("2001:db8::8");
    EXPECT_THAT(ask(both), ElementsAre("result 1 192.0.2.9 2001:db8::8"));
    ipc::ClearHost clear{{}, {}, both.name, true, false, false};
    EXPECT_THAT(ask(clear), ElementsAre("result 1 - 2001:db8::8"));
    clear.aaaa = true;
    EXPECT_THAT(ask(clear), ElementsAre("result 1 - -"));
    EXPECT_EQ(row_of("b").origin.administrator, ipc::Administrator{});
}

// the same rules as for any update
TEST_F(Console, IsRefusedWhatAHostCannotHave)
{
    fixture_.accounts[0].private_addresses = ipc::PrivateAddresses::replaced;
    fixture_.accounts[1].private_addresses = ipc::PrivateAddresses::refused;
    start_all();
    EXPECT_THAT(ask(set("nowhere", 1)), ElementsAre("result 3 - -"));
    EXPECT_THAT(ask(set("www", 1)), ElementsAre("result 4 - -"));
    EXPECT_THAT(ask(set("nas", 1)), ElementsAre("result 5 - -"));
    ipc::ClearHost clear{{}, {}, dns::CompactName{name_of("b")}, false, false, true};
    EXPECT_THAT(ask(clear), ElementsAre("result 6 - -"));
    ipc::SetHost inside = set("b", 1);
    inside.address4 = {{192, 168, 0, 1}};
    EXPECT_THAT(ask(inside), ElementsAre("result 7 - -"));
    inside.name = dns::CompactName{name_of("a")};
    EXPECT_THAT(ask(inside), ElementsAre("result 7 - -")) << "an administrator has no address of its own";
    inside.name = dns::CompactName{name_of("b")};
    inside.address4 = {{127, 0, 0, 1}};
    EXPECT_THAT(ask(inside), ElementsAre("result 8 - -"));
    fixture_.fail();
    logged([&] { EXPECT_THAT(ask(set("b", 1)), ElementsAre("result 9 - -")); });
}

TEST_F(Console, ClearsAChallenge)
{
    fixture_.accounts[0].token_sets_challenge = true;
    start_all();
    fixture_.propose(set_txt("a", 'x'));
    EXPECT_THAT(ask(ipc::ClearHost{{}, {}, dns::CompactName{name_of("a")}, false, false, true}),
                ElementsAre("result 1 - -"));
    EXPECT_TRUE(row_of("a").challenge.empty());
    EXPECT_EQ(row_of("a").origin, ipc::Origin{});
}

TEST_F(Console, GetsChangesFromAPlaceOn)
{
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 0}}), ElementsAre("end 0"));
    change("b", 1);
    EXPECT_THAT(answers(), ElementsAre("new"));
    change("b", 2);
    EXPECT_THAT(answers(), ElementsAre()) << "it was told";
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 0}}),
                ElementsAre("1 b.example.org. - - to 192.0.2.1 - 2",
                            "2 b.example.org. 192.0.2.1 - to 192.0.2.2 - 3", "end 2"));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 2}}), ElementsAre("end 2"));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 3}}), ElementsAre("lost 2"));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list + 1, 2}}), ElementsAre("lost 2"));
    fixture_.propose(set_prefix("a", "2001:db8::"));
    link_->announce();
    EXPECT_THAT(answers(), ElementsAre("new"));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 2}}),
                ElementsAre("3 nas.example.org. - - to - 2001:db8::2 5",
                            "4 tv.example.org. - - to - 2001:db8::3 6 with the configured A", "end 4"));
}

// The keeper does not know them. Followers have the A records of their leader, or their own.
TEST_F(Console, GetsTheFirstUpdateThatRemovesConfiguredAddresses)
{
    for (ipc::Account& one : fixture_.accounts) {
        one.has_a = true;
    }
    fixture_.accounts[1].has_a = false;
    fixture_.accounts[1].has_aaaa = true;
    fixture_.followers[1].has_a = true;
    start_all();
    for (const char* const host : {"a", "b"}) {
        ipc::Propose nothing = set4(host, 1);
        nothing.ipv4.change = ipc::Change::remove;
        fixture_.propose(nothing);
        fixture_.propose(nothing);
    }
    fixture_.propose(set4("c", 1));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 0}}),
                ElementsAre("1 a.example.org. - - to - - 2", "2 nas.example.org. - - to - - 3",
                            "3 b.example.org. - - to - - 4", "4 c.example.org. - - to 192.0.2.1 - 5",
                            "end 4"));
    fixture_.propose(set_prefix("a", "2001:db8::"));
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 4}}),
                ElementsAre("5 nas.example.org. - - to - 2001:db8::2 6",
                            "6 tv.example.org. - - to - 2001:db8::3 7 with the configured A", "end 6"));
}

// A challenge is a part of the zone as an address is, but no change of the host's addresses.
TEST_F(Console, GetsNoChangeOfAChallengeThatIsSetWithAnAddress)
{
    fixture_.accounts[0].token_sets_challenge = true;
    start_all();
    ipc::Propose both = set_txt("a", 'x');
    both.ipv4 = {ipc::Change::set, {{192, 0, 2, 9}}};
    logged([&] { fixture_.propose(both); });
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 0}}),
                ElementsAre("1 a.example.org. - - to 192.0.2.9 - 2",
                            "2 nas.example.org. - - to 192.0.2.9 - 3", "end 2"));
}

TEST_F(Console, IsToldThatOldChangesAreLost)
{
    for (std::size_t i = 0; i <= ChangeList::most_changes; ++i) {
        logged([&] { change("b", static_cast<std::uint8_t>(1 + i % 2)); });
    }
    EXPECT_THAT(ask(ipc::AskChanges{{}, {list, 0}}), ElementsAre("lost 513"));
    Lines lines = ask(ipc::AskChanges{{}, {list, 1}});
    EXPECT_EQ(lines.size(), 65U);
    EXPECT_EQ(lines.back(), "end 65 more");
    EXPECT_THAT(lines.front(), HasSubstr("2 b.example.org. 192.0.2.1 - to 192.0.2.2 - "));
}

TEST_F(Console, GetsASummary)
{
    logged([&] {
        fixture_.propose(set4("b", 7));
        fixture_.propose(set4("b", 7));
        fixture_.propose(set_prefix("a", "2001:db8::"));
        fixture_.propose(set4("nowhere", 1));
    });
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 3 with an address, last a.example.org."));
    fixture_.pass(5000);
    fixture_.propose(set4("b", 7));
    start_all(); // at a reload
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 3 with an address, last b.example.org."));
}

// But not the addresses of static hosts, which no update can change.
TEST_F(Console, GetsASummaryThatCountsConfiguredAddresses)
{
    for (ipc::Account& one : fixture_.accounts) {
        one.has_aaaa = true;
    }
    fixture_.followers[1].has_a = true;
    start_all();
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 4 with an address, last -"))
        << "nas would have an A record of its leader";
    ipc::Propose nothing = set4("b", 1);
    nothing.ipv4.change = ipc::Change::remove;
    fixture_.pass(1000);
    fixture_.propose(nothing);
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 3 with an address, last b.example.org."));
    fixture_.accounts[0].has_a = true;
    start_all();
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 4 with an address, last b.example.org."));
    fixture_.propose(set4("a", 7));
    EXPECT_THAT(ask(ipc::AskSummary{}), ElementsAre("5 hosts, 4 with an address, last a.example.org."))
        << "nas has the address of its leader, and tv its own";
}

// The keeper waits for nobody: it goes on with updates, and sends the rest of the answers later.
TEST_F(Console, ThatReadsNothingDelaysNobody)
{
    for (int i = 0; i < 100; ++i) {
        send_request(ipc::AskHosts{});
    }
    turns(300);
    send(updater_, set4("b", 7));
    turns();
    EXPECT_THAT(settled(), ElementsAre(ipc::Verdict::committed));
    std::size_t ends = 0;
    for (int i = 0; i < 100; ++i) {
        for (const std::string& line : answers()) {
            ends += line == "end -" ? 1U : 0U;
        }
        turns();
    }
    EXPECT_EQ(ends, 100U);
}

TEST_F(Console, ThatBreaksTheProtocolIsReported)
{
    const ByteVector invalid{99};
    console_.send_record(invalid);
    EXPECT_THAT(logged([&] { turns(); }), HasSubstr("the console sent an invalid message"));
    EXPECT_FALSE(link_->is_attached());
    ASSERT_EQ(reported_.size(), 1U);
    EXPECT_EQ(reported_[0].role, ipc::Role::console);
    attach();
    EXPECT_THAT(ask(ipc::AskHosts{{}, ipc::HostIndex{51}, 1}),
                ElementsAre("tv.example.org. - - follows a.example.org.", "end -"));
    console_ = {};
    turns();
    EXPECT_FALSE(link_->is_attached());
}
