// What a scrape asks the keeper for.
#include "daemon/console/scrape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace
{

using console::KeeperAnswer;
using console::Scrape;
using testing::HasSubstr;

class Scraping : public testing::Test
{
protected:
    /// Answers with the summary, and then with pages of two hosts: of six, the third is expected and overdue,
    /// and the fourth is expected. Returns what was asked for.
    std::vector<std::uint32_t> run()
    {
        std::vector<std::uint32_t> asked;
        scrape_.begin();
        EXPECT_TRUE(scrape_.needs_summary());
        KeeperAnswer summary;
        summary.summary = ipc::Summary{};
        scrape_.take(summary);
        EXPECT_FALSE(scrape_.needs_summary());
        while (const auto request = scrape_.needed_hosts()) {
            KeeperAnswer answer;
            asked.push_back(static_cast<std::uint32_t>(request->first));
            add_hosts(answer, asked.back());
            scrape_.take(answer);
        }
        return asked;
    }
    static void add_hosts(KeeperAnswer& answer, std::uint32_t first)
    {
        for (std::uint32_t index = first; index < first + 2; ++index) {
            console::KeptHost& host = answer.hosts.emplace_back();
            host.row.name = dns::CompactName{*dns::Name::from_text("h" + std::to_string(index) + ".example")};
            if (index == 2 || index == 3) {
                host.row.expect = base::Seconds{60};
            }
            if (index == 2) {
                host.row.overdue_since = base::UnixTime{};
            }
        }
        ipc::RowsEnd end;
        if (first < 4) {
            end.next = ipc::HostIndex{first + 2};
        }
        answer.hosts_end = end;
    }
    std::string text()
    {
        common::Tally<common::OfConsole> own;
        const console::Pages pages{std::vector<const std::uint64_t*>{}, own};
        const std::string* text = scrape_.finish(pages, {});
        return text == nullptr ? "none" : *text;
    }

    Scrape scrape_;
};

TEST_F(Scraping, AsksForAllHostsOnceAndThenOnlyForPagesOfThoseThatAreExpected)
{
    EXPECT_EQ(run(), (std::vector<std::uint32_t>{0, 2, 4}));
    const std::string first = text();
    EXPECT_THAT(first, HasSubstr("nanodnsd_host_overdue{host=\"h2.example\"} 1\n"
                                 "nanodnsd_host_overdue{host=\"h3.example\"} 0\n"));
    EXPECT_THAT(first, testing::Not(HasSubstr("h1.example")));
    EXPECT_EQ(run(), (std::vector<std::uint32_t>{2}));
    EXPECT_EQ(text(), first);
}

TEST_F(Scraping, HasNoTextBeforeTheKeeperHasSaidAllAndAfterItsEnd)
{
    EXPECT_EQ(text(), "none");
    scrape_.begin();
    EXPECT_EQ(text(), "none");
    run();
    EXPECT_NE(text(), "none");
    EXPECT_EQ(text(), "none");
}

} // namespace
