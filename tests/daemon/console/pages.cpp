// What the console makes of the pages of all processes.
#include "daemon/console/pages.h"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

using common::OfKeeper;
using common::OfResponder;
using common::OfUpdater;
using testing::HasSubstr;

using Page = std::array<std::uint64_t, privsep::counter_page_slots>;

class CountedPages : public testing::Test
{
protected:
    explicit CountedPages(std::size_t count = 10) : memory_(count) {}

    template <typename Slot>
    std::uint64_t& at(std::size_t page, Slot slot)
    {
        return memory_.at(page).at(static_cast<std::size_t>(slot));
    }
    console::Pages pages() const
    {
        std::vector<const std::uint64_t*> pages;
        for (const Page& page : memory_) {
            pages.push_back(page.data());
        }
        return console::Pages{std::move(pages), own_};
    }
    std::string text() const
    {
        console::MetricsText metrics;
        pages().write_to(metrics);
        return metrics.text();
    }

    static constexpr std::size_t keeper = 2;
    static constexpr std::size_t updater = 0;
    static constexpr std::size_t updater_tls = 4;
    static constexpr std::size_t responders = 6;
    std::vector<Page> memory_;
    mutable common::Tally<common::OfConsole> own_;
};

TEST_F(CountedPages, OfAllRespondersAndTheirPredecessorsAreOneSum)
{
    at(responders, common::slot_of(common::Way::udp_ipv4, common::Seen::without_edns)) = 1;
    at(responders + 1, common::slot_of(common::Way::udp_ipv4, common::Seen::valid_cookie)) =
        10; // at a reload, its successor
    at(responders + 2, common::slot_of(common::Way::udp_ipv4, common::Seen::valid_cookie)) = 100;
    at(responders + 3, common::slot_of(common::Way::udp_ipv4, common::Seen::unreadable)) = 1000;
    EXPECT_THAT(text(), HasSubstr("nanodnsd_dns_queries_total{transport=\"udp\",family=\"ipv4\"} 1111\n"));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_dns_queries_total{transport=\"tcp\",family=\"ipv6\"} 0\n"));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_dns_cookies_total{state=\"valid\"} 110\n"));
}

TEST_F(CountedPages, HaveOneNumberForAllAnswersWithoutError)
{
    at(responders, OfResponder::success) = 1;
    at(responders, OfResponder::empty) = 20;
    at(responders, OfResponder::referral) = 300;
    at(responders, common::slot_of(dns::Rcode::nxdomain)) = 7;
    EXPECT_THAT(text(), HasSubstr("nanodnsd_dns_responses_total{rcode=\"NOERROR\"} 321\n"
                                  "nanodnsd_dns_responses_total{rcode=\"FORMERR\"} 0\n"));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_dns_responses_total{rcode=\"NXDOMAIN\"} 7\n"));
}

TEST_F(CountedPages, OfBothUpdatersAreOneSumForUpdatesButNotForConnections)
{
    const OfUpdater slot = common::slot_of(ipc::Dialect::duckdns, common::UpdateOutcome::changed);
    at(updater, slot) = 1;
    at(updater_tls + 1, slot) = 10;
    at(updater, OfUpdater::connections) = 2;
    at(updater_tls, OfUpdater::connections) = 3;
    EXPECT_THAT(text(), HasSubstr("nanodnsd_updates_total{dialect=\"duckdns\",outcome=\"changed\"} 11\n"));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_connections{service=\"http\"} 2\n"
                                  "nanodnsd_connections{service=\"https\"} 3\n"));
}

TEST_F(CountedPages, HaveTheSyncsAsACumulativeHistogram)
{
    at(keeper, OfKeeper::syncs) = 1;
    ++memory_[keeper + 1].at(static_cast<std::size_t>(OfKeeper::syncs) + 1);
    ++memory_[keeper].at(static_cast<std::size_t>(OfKeeper::syncs) + common::sync_bounds.size());
    at(keeper, OfKeeper::sync_microseconds) = 3'000'900;
    EXPECT_THAT(text(), HasSubstr("nanodnsd_state_sync_seconds_bucket{le=\"0.0005\"} 1\n"
                                  "nanodnsd_state_sync_seconds_bucket{le=\"0.001\"} 2\n"));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_state_sync_seconds_bucket{le=\"2\"} 2\n"
                                  "nanodnsd_state_sync_seconds_bucket{le=\"+Inf\"} 3\n"
                                  "nanodnsd_state_sync_seconds_sum 3.0009\n"
                                  "nanodnsd_state_sync_seconds_count 3\n"));
}

// At a reload, a new keeper counts in the other page.
TEST_F(CountedPages, HaveTheUpdatesOfAllKeepers)
{
    at(keeper, OfKeeper::unchanged) = 3;
    at(keeper + 1, OfKeeper::unchanged) = 20;
    at(updater, OfKeeper::unchanged) = 100;
    EXPECT_EQ(pages().count(OfKeeper::unchanged), 23U);
    memory_.clear();
    EXPECT_EQ(pages().count(OfKeeper::unchanged), 0U);
}

TEST_F(CountedPages, KnowWhenTheCertificateExpires)
{
    EXPECT_EQ(pages().certificate_expires(), std::nullopt);
    memory_[updater_tls + 1].at(common::certificate_slot) = 1'800'000'000;
    EXPECT_EQ(pages().certificate_expires(), base::UnixTime{base::Seconds{1'800'000'000}});
}

TEST_F(CountedPages, HaveWhatTheConsoleCountsItself)
{
    common::ConnectionTally{own_.at(common::OfConsole::metrics)}.opened();
    EXPECT_THAT(text(), HasSubstr("nanodnsd_connections{service=\"metrics\"} 1\n"));
}

class TooFewPages : public CountedPages
{
protected:
    TooFewPages() : CountedPages(3) {}
};

// A daemon whose table of processes has none that counts.
TEST_F(TooFewPages, CountNothing)
{
    EXPECT_THAT(text(), testing::Not(HasSubstr("dns_queries")));
    EXPECT_THAT(text(), HasSubstr("nanodnsd_connections{service=\"metrics\"} 0\n"));
}

} // namespace
