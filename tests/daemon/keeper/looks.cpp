// Looks at hosts, which the page for people asks for.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

namespace
{

class KeeperLooks : public KeeperChannels
{
protected:
    void look(const char* host, const char* token = "secret", const char* client = "203.0.113.9")
    {
        ipc::Look look;
        look.id = ipc::RequestId{++last_id_};
        look.token = *base::Token::from(token);
        look.client = *base::parse_address(client);
        look.host = *dns::Name::from_text(host);
        ByteVector room(ipc::max_record);
        ASSERT_EQ(updater_.send_record(ipc::encode(ipc::UpdaterToKeeper{look}, room)),
                  privsep::Transfer::done);
    }
    /// "HOST A AAAA LIFETIME" or the number of the verdict, for each look.
    std::vector<std::string> answers()
    {
        turns();
        std::vector<std::string> lines;
        for (const auto& message : receive<ipc::KeeperToUpdater>(updater_)) {
            if (const auto* settled = std::get_if<ipc::Settled>(&message)) {
                lines.push_back(settled->hosts.at(0).verdict == Verdict::refused ? "refused" : "unavailable");
                continue;
            }
            const auto& seen = std::get<ipc::Seen>(message);
            lines.push_back(seen.host.to_text() + ' ' + (seen.was_updated ? "" : "config ") +
                            (seen.address4 ? base::to_text(*seen.address4) : "-") + ' ' +
                            (seen.address6 ? base::to_text(*seen.address6) : "-") + ' ' +
                            std::to_string(seen.lifetime.count()) + (seen.since_change ? " changed" : ""));
        }
        return lines;
    }

    std::uint32_t last_id_ = 100;
};

TEST_F(KeeperLooks, ShowWhatTheStateHas)
{
    look("a.example.org");
    EXPECT_THAT(answers(), ElementsAre("a.example.org. config - - 0"));
    send(updater_, set4("a", 7));
    turns();
    receive<ipc::KeeperToUpdater>(updater_);
    look("A");
    const auto lines = answers();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], AllOf(HasSubstr("a.example.org. 192.0.2.7 - "), EndsWith(" changed")));
}

TEST_F(KeeperLooks, AreRememberedIfTheyAreRefused)
{
    const HostNumber host = *fixture_.ledger().table().find(name_of("a"));
    look("a");
    answers();
    EXPECT_FALSE(fixture_.ledger().refused().find(host));
    look("a", "guess");
    answers();
    const auto refused = fixture_.ledger().refused().find(host);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->count, 1U);
    EXPECT_EQ(refused->dialect, ipc::Dialect::page);
    EXPECT_EQ(refused->reason, ipc::RefusalReason::wrong_secret);
    EXPECT_EQ(refused->from, base::parse_address("203.0.113.9"));
}

// No change, no new lifetime, no frame in the state, no serial, nothing for responders.
TEST_F(KeeperLooks, ChangeNothing)
{
    send(updater_, set4("a", 7));
    turns();
    const std::uint32_t serial = fixture_.ledger().serial();
    const auto stamp = fixture_.ledger().head().stamp;
    const auto expires =
        fixture_.ledger().table().state(*fixture_.ledger().table().find(name_of("a"))).expires;
    attach_responder(0);
    turns();
    fed(0);
    for (int i = 0; i < 3; ++i) {
        look("a");
        look("a", "guess");
    }
    EXPECT_EQ(answers().size(), 7U);
    EXPECT_EQ(fixture_.ledger().serial(), serial);
    EXPECT_EQ(fixture_.ledger().head().stamp, stamp);
    EXPECT_EQ(fixture_.ledger().table().state(*fixture_.ledger().table().find(name_of("a"))).expires,
              expires);
    EXPECT_THAT(fed(0), IsEmpty());
}

TEST_F(KeeperLooks, HaveOneAnswerForAWrongTokenAndAnUnknownHost)
{
    look("a", "guess");
    look("unknown");
    look("a.elsewhere.example");
    testing::internal::CaptureStderr();
    EXPECT_THAT(answers(), ElementsAre("refused", "refused", "refused"));
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("refused a look at a.example.org. from 203.0.113.9: wrong token\n"));
    EXPECT_THAT(log, testing::Not(HasSubstr("guess")));
    EXPECT_EQ(fixture_.ledger().counters().refused, 3U);
}

TEST_F(KeeperLooks, CountAsGuesses)
{
    for (int i = 0; i < 5; ++i) {
        look("a", "guess");
    }
    look("a");
    send(updater_, set4("a", 1));
    look("b");
    testing::internal::CaptureStderr();
    auto lines = answers();
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("looks at a.example.org. from 203.0.113.9 are blocked"));
    std::ranges::sort(lines);
    EXPECT_THAT(lines, ElementsAre("b.example.org. config - - 0", "refused", "refused", "refused", "refused",
                                   "refused", "unavailable", "unavailable"));
}

TEST_F(KeeperLooks, FillABatchAndNoMore)
{
    for (std::size_t i = 0; i < 2 * Ledger::max_batch; ++i) {
        look("b");
    }
    loop_.turn(0);
    EXPECT_EQ(receive<ipc::KeeperToUpdater>(updater_).size(), Ledger::max_batch);
    turns();
    EXPECT_EQ(receive<ipc::KeeperToUpdater>(updater_).size(), Ledger::max_batch);
}

} // namespace
