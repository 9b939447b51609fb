// Wrong tokens that come over the updater's channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(KeeperChannels, BlockAnAttackerEvenWithTheRightToken)
{
    send_guesses("a", 5);
    send(updater_, set4("a", 1));
    send(updater_, set4("b", 1));
    turns();
    EXPECT_THAT(settled(), ElementsAre(Verdict::refused, Verdict::refused, Verdict::refused, Verdict::refused,
                                       Verdict::refused, Verdict::unavailable, Verdict::committed));
    EXPECT_EQ(fixture_.a("a"), "-");
    EXPECT_EQ(fixture_.ledger().counters().blocked, 1U);
}

TEST_F(KeeperChannels, LogABlockedUpdateOnceAMinuteForEachClient)
{
    send_guesses("a", 5);
    testing::internal::CaptureStderr();
    turns();
    send_guesses("a", 50);
    turns();
    const std::string log = testing::internal::GetCapturedStderr();
    const std::string line = "updates of a.example.org. from 203.0.113.9 are blocked: too many wrong tokens; "
                             "one is checked every 10 s\n";
    ASSERT_THAT(log, HasSubstr(line));
    EXPECT_EQ(log.find(line), log.rfind(line));
}

TEST_F(KeeperChannels, ForgetTheWrongTokensOfAnUpdaterThatIsReplaced)
{
    send(updater_, set4("a", 1));
    turns();
    for (const char* client : {"203.0.113.9", "198.51.100.1", "192.0.2.1"}) { // known, stranger, address of a
        send_guesses("a", 6, client);
        turns();
    }
    ipc::Propose right = set4("a", 2);
    EXPECT_EQ(settled().back(), Verdict::unavailable);
    send(updater_, right);
    turns();
    EXPECT_EQ(settled(), (std::vector{Verdict::unavailable}));
    attach_updater();
    for (const char* client : {"203.0.113.9", "198.51.100.1", "192.0.2.1"}) {
        right.client = *base::parse_address(client);
        send(updater_, right);
    }
    turns();
    EXPECT_EQ(settled(), (std::vector{Verdict::committed, Verdict::unchanged, Verdict::unchanged}));
}

TEST_F(KeeperChannels, TellTheOperatorWhyAnUpdateWasRefused)
{
    send_guesses("a", 1);
    send_guesses("unknown", 1);
    testing::internal::CaptureStderr();
    turns();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("refused an update of a.example.org. from 203.0.113.9: wrong token\n"));
    EXPECT_THAT(log, HasSubstr("refused an update of unknown.example.org. from 203.0.113.9: unknown host\n"));
    EXPECT_THAT(log, testing::Not(HasSubstr("guess")));
    EXPECT_EQ(settled(), (std::vector{Verdict::refused, Verdict::refused}));
}
