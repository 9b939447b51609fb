// DESIGN, "The state": "Nothing acknowledged is ever lost by a crash at any instruction or a power cut".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/model.h"

namespace
{

using faults::Machine;
using faults::Model;
using keeper::set4;

std::pair<keeper::StateFile*, keeper::StateFile*> both_files(Machine& machine)
{
    return {&machine.first, &machine.second};
}

/// Enough for three generations.
constexpr int rounds = 4;

/// A batch of so many hosts with an address each.
std::vector<ipc::Propose> batch_of(int hosts)
{
    std::vector<ipc::Propose> batch;
    for (int i = 0; i < hosts; ++i) {
        batch.push_back(set4("host-" + std::to_string(i), 7));
    }
    return batch;
}

/// First start, single updates, batches, an update that changes nothing, lifetimes that end, other configs,
/// restarts with the wall clock behind and ahead; over several generations.
void run_history(Model& model, int count)
{
    std::int64_t wall = keeper::start_time;
    for (int round = 0; round < count; ++round) {
        const auto number = static_cast<std::uint8_t>(10 * round);
        model.start(static_cast<std::uint8_t>(1 + round % 2), wall);
        model.update({set4("a", number)});
        model.pass(1);
        model.update({set4("a", number)});
        model.update(
            {set4("b", number), set4("c", number), set4("a", static_cast<std::uint8_t>(number + 1))});
        model.update({set4("unknown", 1)});
        model.pass(61);
        model.expire();
        model.update({set4("c", static_cast<std::uint8_t>(number + 2))});
        wall = round % 2 == 0 ? 0 : keeper::start_time + 30;
    }
}

TEST(PowerLoss, LeavesTheLastAcknowledgedStateOrTheOneThatWasBeingStored)
{
    Model model{both_files};
    model.go_on_too();
    run_history(model, rounds);
    EXPECT_EQ(model.violation(), "");
    EXPECT_GE(model.generations(), 3U);
    EXPECT_GT(model.images(), 8000U);
    RecordProperty("images", static_cast<int>(model.images()));
    RecordProperty("moments", static_cast<int>(model.moments()));
}

// kill -9 leaves what was written in the kernel's memory: the next start serves it, and then the power fails
TEST(PowerLoss, TakesNothingBackThatWasServedAfterADeath)
{
    Model model{both_files};
    model.die_too();
    run_history(model, 2);
    EXPECT_EQ(model.violation(), "");
    EXPECT_GE(model.generations(), 2U);
    EXPECT_GT(model.deaths(), 20U);
    RecordProperty("images", static_cast<int>(model.images()));
    RecordProperty("deaths", static_cast<int>(model.deaths()));
}

// a batch over several sectors, of which any may be missing
TEST(PowerLoss, TakesABatchOfManySectorsWholeOrNotAtAll)
{
    Model model{both_files};
    model.start(1, keeper::start_time);
    model.update(batch_of(40));
    EXPECT_EQ(model.violation(), "");
    EXPECT_EQ(model.serial(), keeper::start_time + 40);
    RecordProperty("images", static_cast<int>(model.images()));
}

/// Both are the one file: each new generation is written over the one that counts.
class InPlace : public keeper::StateFile
{
public:
    InPlace(keeper::DiskFile& file, bool reads, bool truncates)
        : file_(file), reads_(reads), truncates_(truncates)
    {
    }
    int read(keeper::Octets& content) override { return reads_ ? file_.read(content) : 0; }
    int write(std::uint64_t offset, base::Bytes octets) noexcept override
    {
        return file_.write(offset, octets);
    }
    int sync() noexcept override { return file_.sync(); }
    int truncate(std::uint64_t size) noexcept override
    {
        return size == 0 && !truncates_ ? 0 : file_.truncate(size);
    }

private:
    keeper::DiskFile& file_;
    bool reads_;
    bool truncates_;
};

// the tests above are void unless the model sees these

TEST(PowerLossMutants, SeesAStoreThatDoesNotSync)
{
    Model model{both_files};
    model.disk().syncs = false;
    run_history(model, 1);
    EXPECT_NE(model.violation(), "");
}

TEST(PowerLossMutants, SeesAStoreThatWritesInPlace)
{
    for (const bool truncates : {true, false}) {
        std::vector<std::unique_ptr<InPlace>> files;
        Model model{[&](Machine& machine) {
            for (const bool reads : {true, false}) {
                files.push_back(std::make_unique<InPlace>(machine.first, reads, truncates));
            }
            return std::pair<keeper::StateFile*, keeper::StateFile*>{files[files.size() - 2].get(),
                                                                     files.back().get()};
        }};
        run_history(model, 5);
        EXPECT_NE(model.violation(), "") << truncates;
        EXPECT_GT(model.serial(), keeper::start_time + 2) << "it is to fail where the file is begun anew";
    }
}

/// Those that nothing depends on in a history without deaths.
std::set<std::size_t> spare_syncs(const std::vector<Model::Step>& steps)
{
    std::set<std::size_t> spare;
    bool is_first_compaction = true;
    spare.insert(2); // the first snapshot is in its header's sector
    for (const Model::Step& step : steps) {
        if (step.is_start || step.syncs > 1) {
            // what the first start cuts was empty, what a later one reads was synced, and before a commit is
            // acknowledged a new generation holds it
            spare.insert(step.first_sync);
        }
        if (!step.is_start && step.syncs > 1) {
            spare.insert(step.first_sync + 2); // this snapshot too
            if (std::exchange(is_first_compaction, false)) {
                spare.insert(step.first_sync + 1); // the second file was empty too
            }
        }
    }
    return spare;
}

/// Whether the model sees a history in which this sync does nothing.
bool sees_without(std::size_t sync, std::size_t torn_step)
{
    Model model{both_files};
    model.look_less(torn_step);
    model.disk().skipped_sync = sync;
    run_history(model, rounds);
    return !model.violation().empty();
}

// each sync on its own, which a later one still makes up for
TEST(PowerLossMutants, SeesEachSyncThatIsLeftOut)
{
    Model healthy{both_files};
    run_history(healthy, rounds);
    ASSERT_EQ(healthy.violation(), "");
    ASSERT_GE(healthy.generations(), 3U);
    const std::set<std::size_t> spare = spare_syncs(healthy.steps());
    constexpr std::size_t a_few = 7; // most are seen at once
    for (std::size_t sync = 1; sync <= healthy.disk().sync_calls; ++sync) {
        EXPECT_TRUE(spare.count(sync) != 0 || sees_without(sync, a_few) || sees_without(sync, 1)) << sync;
    }
    EXPECT_GT(healthy.disk().sync_calls, 2 * spare.size());
}

TEST(PowerLossMutants, SeesAHeaderThatIsThereBeforeItsSnapshot)
{
    const auto run = [](Model& model) {
        model.start(1, keeper::start_time);
        model.update(batch_of(14)); // so that a snapshot has more than one sector
    };
    Model healthy{both_files};
    run(healthy);
    ASSERT_EQ(healthy.violation(), "");
    const Model::Step compaction = healthy.steps().back();
    ASSERT_EQ(compaction.syncs, 4U);
    Model model{both_files};
    model.disk().skipped_sync = compaction.first_sync + 2;
    run(model);
    EXPECT_NE(model.violation(), "");
}

// the one sync that only a death makes necessary
TEST(PowerLossMutants, SeesAStartThatServesWhatIsNotSynced)
{
    Model model{both_files};
    model.die_too();
    model.skip_first_sync_after_death();
    run_history(model, 1);
    EXPECT_NE(model.violation(), "");
}

} // namespace
