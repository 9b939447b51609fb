#include "daemon/supervisor/cookie_secrets.h"

#include <gtest/gtest.h>
#include <map>

namespace
{

using base::Uptime;
using supervisor::CookieSecrets;

constexpr Uptime hour{3'600'000};

/// The secrets over three days, each with the times from which it makes cookies and is no longer accepted.
struct Life {
    Uptime from{};
    Uptime until{};
};

TEST(SupervisorsCookieSecrets, MakeCookiesForADayAndAreAcceptedForAnHourMore)
{
    CookieSecrets secrets;
    std::map<base::SipKey, Life> lives{{secrets.get().current, {}}};
    EXPECT_FALSE(secrets.get().has_previous);
    for (Uptime now = CookieSecrets::day; now < 3 * CookieSecrets::day + 2 * hour;) {
        const Uptime next = now + secrets.renew();
        const ipc::CookieSecrets& has = secrets.get();
        lives.try_emplace(has.current, Life{now, {}});
        lives.at(has.current).until = next;
        if (has.has_previous) {
            lives.at(has.previous).until = next;
        }
        now = next;
    }
    ASSERT_EQ(lives.size(), 4U);
    for (const auto& [secret, life] : lives) {
        EXPECT_EQ(life.from % CookieSecrets::day, Uptime{0});
        const bool is_last = life.from == 3 * CookieSecrets::day;
        EXPECT_EQ(life.until - life.from, CookieSecrets::day + (is_last ? Uptime{0} : hour));
    }
}

TEST(SupervisorsCookieSecrets, ReplaceOnesThatAnAttackerMayKnowAtOnce)
{
    for (const bool overlaps : {false, true}) {
        CookieSecrets secrets;
        if (overlaps) {
            EXPECT_EQ(secrets.renew(), hour);
        }
        const ipc::CookieSecrets before = secrets.get();
        EXPECT_EQ(before.has_previous, overlaps);
        EXPECT_EQ(secrets.replace(), CookieSecrets::day);
        EXPECT_NE(secrets.get().current, before.current);
        EXPECT_FALSE(secrets.get().has_previous);
        EXPECT_EQ(secrets.get().previous, base::SipKey{}) << "it is wiped";
        EXPECT_EQ(secrets.renew(), hour) << "the next renewal begins a day";
    }
}

TEST(SupervisorsCookieSecrets, AreDifferentInEachDaemon)
{
    EXPECT_NE(CookieSecrets{}.get().current, CookieSecrets{}.get().current);
}

} // namespace
