// A store that takes longer than the timeout: the client is told to try again.
#include <gmock/gmock.h>

#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::EndsWith;
using ::testing::StartsWith;

const std::string an_update =
    "GET /api/update?hostname=home.example.net&token=secret&ipv4=192.0.2.1 HTTP/1.1\r\n\r\n";

class SlowKeeper : public UpdaterFixture
{
protected:
    void pass(base::Uptime time)
    {
        test_clock_now += time;
        updater->turn(0);
        turn_until_quiet();
    }
};

TEST_F(SlowKeeper, HasAWholeTimeoutAfterTheRequest)
{
    start();
    auto client = browse(an_update.substr(0, 20));
    turn_until_quiet();
    pass(base::Uptime{2999});
    client.send(an_update.substr(20));
    const ipc::RequestId id = next_proposal().id;
    pass(base::Uptime{2999});
    EXPECT_EQ(client.received(), "");
    EXPECT_FALSE(client.ended());
    settle(id, ipc::Verdict::committed);
    EXPECT_THAT(reply(client), EndsWith("ok updated"));
}

TEST_F(SlowKeeper, ItsClientGets503AndIsTold911)
{
    start();
    auto client = browse(an_update);
    const ipc::RequestId id = next_proposal().id;
    ::testing::internal::CaptureStderr();
    test_clock_now += base::Uptime{3000};
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(client.received(), EndsWith("\r\n\r\n911"));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "nanodnsd: an update was not stored in time: its client is told to try again\n");

    settle(id, ipc::Verdict::committed); // the keeper did store it
    auto again = browse(an_update);
    const ipc::RequestId second = next_proposal().id;
    EXPECT_NE(second, id);
    settle(second, ipc::Verdict::unchanged);
    EXPECT_THAT(reply(again), EndsWith("ok unchanged"));
}

TEST_F(SlowKeeper, AnUpdateThatWasNeverSentIsNotMade)
{
    start();
    keeper.close();
    turn_until_quiet();
    auto client = browse(an_update);
    turn_until_quiet();
    test_clock_now += base::Uptime{3000};
    EXPECT_THAT(reply(client), EndsWith("911"));
    attach_new_keeper();
    turn_until_quiet();
    EXPECT_FALSE(received_by_keeper());
}

// The supervisor waits for two timeouts and some seconds.
TEST_F(SlowKeeper, ThatNeverAnswersDoesNotKeepAnUpdaterFromQuitting)
{
    start();
    auto client = browse(an_update);
    next_proposal();
    supervisor.send(ipc::Quit{});
    turn_until([&] { return updater->state() == Updater::State::quitting; });
    test_clock_now += base::Uptime{3000};
    EXPECT_THAT(reply(client), EndsWith("911"));
    EXPECT_EQ(updater->state(), Updater::State::quitting) << "the client may still read";
    pass(base::Uptime{250});
    EXPECT_EQ(updater->state(), Updater::State::done);
}

} // namespace
} // namespace updater
