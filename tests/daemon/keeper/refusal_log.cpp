// What the operator reads about updates that were refused or blocked.
#include "daemon/keeper/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/common/challenge_account.h"
#include "tests/daemon/keeper/fixture.h"

namespace
{

using keeper::name_of;
using keeper::RefusalLog;
using testing::HasSubstr;
using Block = keeper::BruteForceLimit::Block;

/// The dynamic host home and the static host printer in dyn.example.org.
class RefusalLogTest : public testing::Test
{
protected:
    RefusalLogTest()
    {
        const base::SipKey secret{9};
        ipc::Account home = keeper::account(1, "home.dyn");
        home.challenge_keys = {home.token};
        hosts_.add(home);
        const std::uint64_t hash = base::siphash24(secret, name_of("printer.dyn").wire());
        hosts_.add(ipc::StaticHost{static_cast<std::uint32_t>(hash)});
        ipc::Account lan = keeper::account(2, "lan.dyn");
        lan.challenge_keys = {lan.token};
        hosts_.add(lan);
        ipc::Account own = keeper::account(3, "own.dyn");
        own.challenge_keys = {own.token};
        own.allow_from = {*base::parse_network("192.0.2.0/24")};
        hosts_.add(own);
        hosts_.add(ipc::Group{{own.token}, false, own.allow_from, {ipc::HostIndex{2}}});
        hosts_.finish();
    }
    static ipc::Propose proposal(const char* host, const char* client = "203.0.113.9")
    {
        ipc::Propose proposal;
        proposal.hosts = {*dns::Name::from_text(host)};
        proposal.client = *base::parse_address(client);
        return proposal;
    }
    std::string refused(const char* host)
    {
        log_.note_refused(proposal(host), 0, now_);
        now_ += base::Uptime{10'000};
        return keeper::logged([this] { log_.write(); });
    }
    std::string blocked(Block block, const char* client = "203.0.113.9")
    {
        log_.note_blocked(proposal("home.dyn.example.org", client), 0, block, now_);
        return keeper::logged([this] { log_.write(); });
    }

    base::Uptime now_{1'000'000};
    keeper::Hosts hosts_{base::SipKey{9}};
    RefusalLog log_{hosts_, dns::CompactName{name_of("dyn")}};
};

TEST_F(RefusalLogTest, TellsTheReasonsApart)
{
    EXPECT_THAT(refused("home.dyn.example.org"),
                HasSubstr("refused an update of home.dyn.example.org. from 203.0.113.9: wrong token\n"));
    EXPECT_THAT(
        refused("Printer.dyn.example.org"),
        HasSubstr("refused an update of Printer.dyn.example.org. from 203.0.113.9: a static host, which "
                  "has no token in the config\n"));
    EXPECT_THAT(refused("nowhere.dyn.example.org"),
                HasSubstr("refused an update of nowhere.dyn.example.org. from 203.0.113.9: unknown host\n"));
    EXPECT_THAT(refused("example.org"), HasSubstr(": unknown host\n"));
}

TEST_F(RefusalLogTest, SaysThatTheNetworkMayBeTheReason)
{
    for (const char* host : {"own.dyn.example.org", "lan.dyn.example.org"}) {
        EXPECT_THAT(refused(host), HasSubstr(": wrong token, or its allow_from= does not have the client\n"));
    }
    const auto refused_account = [this](const char* host) {
        ipc::Propose challenge = proposal(host);
        challenge.account = common::challenge_account(*dns::Name::from_text(host));
        log_.note_refused(challenge, 0, now_);
        now_ += base::Uptime{10'000};
        return keeper::logged([this] { log_.write(); });
    };
    EXPECT_THAT(refused_account("own.dyn.example.org"),
                HasSubstr(": wrong key, or its allow_from= does not have the client\n"));
    EXPECT_THAT(refused_account("home.dyn.example.org"), HasSubstr(": wrong key\n"));
    EXPECT_THAT(refused_account("lan.dyn.example.org"), HasSubstr(": wrong key\n")) << "of a group's tokens";
    EXPECT_THAT(refused_account("no.dyn.example.org"), HasSubstr(": unknown account\n"));
}

TEST_F(RefusalLogTest, NamesTheHostThatAShortNameMeans)
{
    for (const char* name : {"home", "home.dyn", "home.dyn.example"}) {
        EXPECT_THAT(refused(name),
                    HasSubstr(std::string{name} + ". from 203.0.113.9: unknown host; did you mean "
                                                  "home.dyn.example.org?\n"));
    }
    EXPECT_THAT(refused("printer"), HasSubstr("did you mean printer.dyn.example.org?\n"));
    EXPECT_THAT(refused("home.nowhere"), HasSubstr("home.nowhere. from 203.0.113.9: unknown host\n"));
    const std::string longest = std::string(63, 'x') + '.' + std::string(63, 'x') + '.' +
                                std::string(63, 'x') + '.' + std::string(61, 'x');
    EXPECT_THAT(refused(longest.c_str()), HasSubstr(": unknown host\n"));
}

// A client that swaps two fields sends its token as the name.
TEST_F(RefusalLogTest, ShowsNoNameThatMayBeAToken)
{
    EXPECT_THAT(refused("0f6b2c1d9a7e4f3388d1c5a2b7e09614"),
                HasSubstr("refused an update of a name without a dot from 203.0.113.9: unknown host\n"));
}

// The keeper completes a name before it is noted.
TEST_F(RefusalLogTest, ShowsNoNameThatMayBeATokenWithTheZonesName)
{
    const auto line_of = [this](const char* host, Block block, bool is_challenge) {
        ipc::Propose relative = proposal(host);
        relative.names_may_be_relative = true;
        if (is_challenge) {
            relative.txt = ipc::TxtChange::clear;
            relative.ipv4.change = relative.ipv6.change = relative.prefix.change = ipc::Change::keep;
        }
        now_ += base::Uptime{10'000};
        if (block == Block::none) {
            log_.note_refused(relative, 0, now_);
        } else {
            log_.note_blocked(relative, 0, block, now_);
        }
        return keeper::logged([this] { log_.write(); });
    };
    for (const char* host :
         {"0f6b2c1d9a7e4f3388d1.dyn.example.org", "0f6b2c1d9a7e4f3388d1.DYN.example.org"}) {
        EXPECT_THAT(line_of(host, Block::none, false),
                    HasSubstr("refused an update of a name without a dot from "));
        EXPECT_THAT(line_of(host, Block::none, true),
                    HasSubstr("refused a challenge of a name without a dot from "));
        EXPECT_THAT(line_of(host, Block::client, false), HasSubstr("updates of a name without a dot from "));
        EXPECT_THAT(line_of(host, Block::client, true),
                    HasSubstr("challenges of a name without a dot from "));
    }
    EXPECT_THAT(line_of("home.dyn.example.org", Block::none, false), HasSubstr("home.dyn.example.org."));
    EXPECT_THAT(line_of("printer.dyn.example.org", Block::none, false),
                HasSubstr("printer.dyn.example.org."));
    EXPECT_THAT(line_of("www.gone.dyn.example.org", Block::none, false),
                HasSubstr("www.gone.dyn.example.org."));
}

TEST_F(RefusalLogTest, TellsWhichWrongTokensBlockAClient)
{
    EXPECT_THAT(blocked(Block::client),
                HasSubstr("updates of home.dyn.example.org. from 203.0.113.9 are "
                          "blocked: too many wrong tokens; one is checked every 10 s\n"));
    EXPECT_THAT(
        blocked(Block::network, "64:ff9b::192.0.2.7"),
        HasSubstr("updates of home.dyn.example.org. from 64:ff9b::c000:207 are blocked: too many wrong "
                  "tokens from 192.0.2.0/24; one is checked every 1 s\n"));
    EXPECT_THAT(blocked(Block::host),
                HasSubstr("are blocked: too many wrong tokens from all clients together; one is checked "
                          "every 60 s. A token of 16 bytes or more has no such limit\n"));
}

TEST_F(RefusalLogTest, WritesNothingBeforeTheVerdictsAreSent)
{
    EXPECT_EQ(keeper::logged([this] { log_.note_refused(proposal("home"), 0, now_); }), "");
    EXPECT_NE(keeper::logged([this] { log_.write(); }), "");
    EXPECT_EQ(keeper::logged([this] { log_.write(); }), "");
}

TEST_F(RefusalLogTest, OneNetworkDoesNotHideTheLinesAboutAnother)
{
    const std::string lines = keeper::logged([this] {
        for (int i = 0; i < 500; ++i) {
            log_.note_refused(proposal("home.dyn.example.org", "203.0.113.9"), 0, now_);
        }
        log_.note_refused(proposal("home.dyn.example.org", "192.0.2.1"), 0, now_);
        log_.write();
    });
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 6);
    EXPECT_THAT(lines, HasSubstr("from 192.0.2.1"));
}

// An attacker chooses the name.
TEST_F(RefusalLogTest, PrintsNoUnsafeByte)
{
    ipc::Propose unsafe = proposal("home");
    unsafe.hosts = {*dns::Name::from_text("\\027\\010x")};
    log_.note_refused(unsafe, 0, now_);
    const std::string line = keeper::logged([this] { log_.write(); });
    EXPECT_THAT(line, testing::Not(HasSubstr("\x1b")));
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

} // namespace
