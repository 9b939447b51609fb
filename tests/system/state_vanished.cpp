// Acknowledged updates must not be lost. Those written to a deleted or replaced file would be, so the daemon
// refuses updates then.
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"

namespace
{

namespace fs = std::filesystem;

using support::Daemon;

const std::string good_update = "hostname=home.dyn.example.org&token=secret&ipv4=";

class StateVanished : public testing::Test
{
protected:
    StateVanished() { EXPECT_EQ(update(1), "200 ok updated"); }

    std::string update(int number) const
    {
        return daemon_.update(good_update + "192.0.2." + std::to_string(number));
    }
    std::string address() const { return daemon_.dig("home.dyn.example.org", "A"); }
    std::string file(int number) const { return daemon_.state_path() + "." + std::to_string(number); }
    std::size_t times_logged(const std::string& text)
    {
        const std::string& log = daemon_.process().output();
        std::size_t count = 0;
        for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
            ++count;
        }
        return count;
    }
    void expect_refusals()
    {
        for (int i = 0; i < 20; ++i) {
            EXPECT_EQ(update(66), "503 911");
        }
        EXPECT_EQ(address(), "192.0.2.1");
        EXPECT_EQ(times_logged("updates are refused"), 1U) << daemon_.process().output();
    }
    void expect_updates_again()
    {
        ASSERT_TRUE(daemon_.logs("the state files are back in place"));
        EXPECT_EQ(update(2), "200 ok updated");
        EXPECT_EQ(address(), "192.0.2.2");
        daemon_.kill_all();
        daemon_.start();
        EXPECT_EQ(address(), "192.0.2.2");
    }

    Daemon daemon_;
};

TEST_F(StateVanished, RefusesUpdatesWhileAFileIsMovedAway)
{
    for (const int number : {0, 1}) {
        fs::rename(file(number), file(number) + ".away");
        ASSERT_TRUE(daemon_.logs("the state " + file(number) + " is gone: updates are refused"));
        EXPECT_EQ(update(66), "503 911");
        EXPECT_EQ(address(), "192.0.2.1");
        fs::rename(file(number) + ".away", file(number));
        ASSERT_TRUE(daemon_.logs("the state files are back in place"));
        EXPECT_EQ(update(1), "200 ok unchanged");
    }
}

TEST_F(StateVanished, RefusesUpdatesWhileTheFolderIsMovedAway)
{
    const std::string folder = daemon_.folder() / "state";
    fs::rename(folder, folder + "-away");
    ASSERT_TRUE(daemon_.logs(" is gone: updates are refused"));
    expect_refusals();
    fs::rename(folder + "-away", folder);
    expect_updates_again();
}

TEST_F(StateVanished, RefusesUpdatesOnceAFileIsDeleted)
{
    fs::remove(file(0));
    fs::remove(file(1));
    ASSERT_TRUE(daemon_.logs(" is gone: updates are refused"));
    expect_refusals();
    EXPECT_EQ(daemon_.stop(), 0);
}

// As an editor or a restored backup does it.
TEST_F(StateVanished, RefusesUpdatesWhileAnotherFileHasTheName)
{
    fs::copy_file(file(0), file(0) + ".copy");
    fs::rename(file(0), file(0) + ".away");
    fs::rename(file(0) + ".copy", file(0));
    ASSERT_TRUE(daemon_.logs("the state " + file(0) + " is another file than the one that is open"));
    EXPECT_EQ(update(66), "503 911");
    fs::rename(file(0) + ".away", file(0));
    expect_updates_again();
}

TEST_F(StateVanished, AppliesToAKeeperThatStartsMeanwhile)
{
    fs::rename(file(0), file(0) + ".away");
    ASSERT_TRUE(daemon_.logs(" is gone: updates are refused"));
    daemon_.replace("keeper", SIGKILL);
    expect_refusals();
    ASSERT_TRUE(daemon_.reload());
    expect_refusals();
    fs::rename(file(0) + ".away", file(0));
    expect_updates_again();
}

// The daemon's user may be unable to reach the path that root opened.
TEST(StateBelowAPrivateFolder, IsWatchedThroughTheOpenFolder)
{
    support::DaemonStart start;
    start.wait_until_it_serves = true;
    Daemon daemon{start};
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    fs::permissions(daemon.folder().path(), fs::perms::owner_all);
    const std::string file = daemon.state_path() + ".1";
    fs::rename(file, file + ".away"); // found at the first check after the path was closed, or at a later one
    ASSERT_TRUE(daemon.logs("the state " + file + " is gone: updates are refused"));
    EXPECT_EQ(daemon.update(good_update + "192.0.2.2"), "503 911");
    fs::rename(file + ".away", file);
    ASSERT_TRUE(daemon.logs("the state files are back in place"));
    EXPECT_EQ(daemon.update(good_update + "192.0.2.2"), "200 ok updated");
}

} // namespace
