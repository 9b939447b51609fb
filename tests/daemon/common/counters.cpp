#include "daemon/common/counters.h"

#include <array>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <span>
#include <string>

namespace
{

using common::CounterRow;
using common::Family;
using common::Series;

enum class Slot : std::uint8_t { one, two, end };

TEST(Tally, CountsInItsOwnMemoryIfThereIsNoPage)
{
    common::Tally<Slot> tally;
    tally.count(Slot::two, 3);
    tally.count(Slot::two);
    EXPECT_EQ(tally.unreported(Slot::one), 0U);
    EXPECT_EQ(tally.unreported(Slot::two), 4U);
    tally.set_reported();
    EXPECT_EQ(tally.unreported(Slot::two), 0U);
}

TEST(Tally, CountsOnInAPageButReportsWhatItCountedItself)
{
    std::array<std::uint64_t, 2> page{7, 7};
    common::Tally<Slot> tally{page.data()};
    tally.count(Slot::one);
    EXPECT_EQ(page, (std::array<std::uint64_t, 2>{8, 7}));
    EXPECT_EQ(tally.unreported(Slot::one), 1U);
    EXPECT_EQ(tally.unreported(Slot::two), 0U);
    tally.set_reported();
    EXPECT_EQ(page[0], 8U) << "a counter never falls";
}

/// The rows of a family have the same number of labels, each with a value.
template <std::size_t Count>
void expect_sound(const std::array<CounterRow, Count>& rows, std::map<Family, std::size_t>& labels)
{
    for (const CounterRow& row : rows) {
        for (const Series& series : row) {
            const bool has_first = !series.values[0].text().empty();
            const bool has_second = !series.values[1].text().empty();
            EXPECT_TRUE(has_first || !has_second);
            const std::size_t count = (has_first ? 1U : 0U) + (has_second ? 1U : 0U);
            EXPECT_EQ(labels.try_emplace(series.family, count).first->second, count);
        }
    }
}

TEST(CounterRows, OfAFamilyHaveTheSameLabels)
{
    std::map<Family, std::size_t> labels;
    expect_sound(common::responder_rows, labels);
    expect_sound(common::updater_rows, labels);
    expect_sound(common::updater_tls_rows, labels);
    expect_sound(common::keeper_rows, labels);
    expect_sound(common::console_rows, labels);
    EXPECT_EQ(labels.at(Family::updates), 2U);
    EXPECT_EQ(labels.at(Family::blocked), 0U);
}

TEST(CounterRows, OfTheUpdatersHaveEachDialectAndOutcomeOnce)
{
    std::set<std::string> seen;
    for (const CounterRow& row : common::updater_rows) {
        const Series& series = row[0];
        if (series.family == Family::updates) {
            EXPECT_TRUE(
                seen.insert(std::string{series.values[0].text()} + " " + std::string{series.values[1].text()})
                    .second);
        }
    }
    EXPECT_EQ(seen.size(), 6U * 5U + 1U);
    const auto slot = common::slot_of(ipc::Dialect::acme_dns, common::UpdateOutcome::refused);
    const Series& series = common::updater_rows[static_cast<std::size_t>(slot)][0];
    EXPECT_EQ(series.values[0].text(), "acme-dns");
    EXPECT_EQ(series.values[1].text(), "refused");
}

// The supervisor clears the first slots of a page when its process has exited.
TEST(CounterRows, OfGaugesAreTheFirstOnes)
{
    for (const auto& rows : {std::span<const CounterRow>{common::responder_rows},
                             {common::updater_rows},
                             {common::updater_tls_rows},
                             {common::keeper_rows}}) {
        for (std::size_t slot = 0; slot < rows.size(); ++slot) {
            const bool is_gauge = rows[slot][0].family == Family::connections;
            EXPECT_TRUE(!is_gauge || slot == common::connection_slots);
            EXPECT_TRUE(is_gauge || slot >= common::slots_to_clear || rows[slot][0].family == Family::none);
        }
    }
}

} // namespace
