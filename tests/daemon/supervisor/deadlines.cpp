#include "daemon/supervisor/deadlines.h"

#include <gtest/gtest.h>

#include "daemon/supervisor/child.h"

using base::Uptime;
using supervisor::Deadlines;
using supervisor::Due;

namespace
{

class ListOfDeadlines : public testing::Test
{
protected:
    struct NoEvents : supervisor::ChildEvents {
        void asked(supervisor::Child& /*child*/, const ipc::AskState& /*request*/) override {}
        void asked(supervisor::Child& /*child*/, const ipc::AskReload& /*request*/) override {}
        void asked(supervisor::Child& /*child*/, const ipc::SetVerbosity& /*request*/) override {}
        void became_ready(supervisor::Child& /*child*/, std::uint32_t /*layers*/) override {}
        void found_unusable(const supervisor::Child& /*child*/, const std::string& /*reason*/) override {}
        bool peer_reported(const supervisor::Child& /*reporter*/, const ipc::PeerReport& /*report*/) override
        {
            return false;
        }
    };

    privsep::EventLoop loop_;
    NoEvents events_;
    supervisor::Child one_{loop_, events_, supervisor::role_rows[0], {0, 2}, Uptime{1}};
    supervisor::Child other_{loop_, events_, supervisor::role_rows[0], {1, 2}, Uptime{1}};
    Deadlines list_;
};

TEST_F(ListOfDeadlines, GivesTheEarliestFirstAndNothingBeforeItsTime)
{
    list_.set(Due::watchdog, Uptime{30});
    list_.set(Due::look_at_state, Uptime{20});
    EXPECT_FALSE(list_.take(Uptime{19}));
    EXPECT_EQ(list_.timeout_ms(Uptime{5}), 15);
    EXPECT_EQ(list_.take(Uptime{40})->due, Due::look_at_state);
    EXPECT_EQ(list_.take(Uptime{40})->due, Due::watchdog);
    EXPECT_FALSE(list_.take(Uptime{40}));
}

TEST_F(ListOfDeadlines, HasEachKindOnce)
{
    list_.set(Due::end_of_patience, Uptime{10});
    list_.set(Due::end_of_patience, Uptime{50});
    EXPECT_FALSE(list_.take(Uptime{10}));
    EXPECT_TRUE(list_.take(Uptime{50}));
    EXPECT_FALSE(list_.take(Uptime{50}));
}

TEST_F(ListOfDeadlines, HasARestartForEachChild)
{
    list_.set(Due::restart, Uptime{10}, &one_);
    list_.set(Due::restart, Uptime{20}, &other_);
    list_.set(Due::restart, Uptime{30}, &one_);
    EXPECT_EQ(list_.take(Uptime{100})->child, &other_);
    EXPECT_EQ(list_.take(Uptime{100})->child, &one_);
    EXPECT_FALSE(list_.take(Uptime{100}));
}

TEST_F(ListOfDeadlines, ForgetsWhatIsCleared)
{
    list_.set(Due::restart, Uptime{10}, &one_);
    list_.set(Due::restart, Uptime{10}, &other_);
    list_.clear(Due::restart, &one_);
    EXPECT_EQ(list_.take(Uptime{10})->child, &other_);
    EXPECT_FALSE(list_.take(Uptime{10}));
    list_.set(Due::restart, Uptime{10}, &one_);
    list_.set(Due::restart, Uptime{10}, &other_);
    list_.set(Due::watchdog, Uptime{11});
    list_.clear_all(Due::restart);
    EXPECT_EQ(list_.take(Uptime{11})->due, Due::watchdog);
}

TEST_F(ListOfDeadlines, WaitsAtMostAnHourAndForEverIfThereIsNone)
{
    EXPECT_EQ(list_.timeout_ms(Uptime{0}), -1);
    list_.set(Due::watchdog, Uptime{100'000'000});
    EXPECT_EQ(list_.timeout_ms(Uptime{0}), 3'600'000);
    EXPECT_EQ(list_.timeout_ms(Uptime{200'000'000}), 0);
}

} // namespace
