// No acknowledged change is lost by a crash at any instruction or by a power cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/faults/model.h"

namespace
{

using faults::Machine;
using faults::Model;
using keeper::ByteVector;
using keeper::set4;
using keeper::Synced;

std::pair<keeper::StateFile*, keeper::StateFile*> both_files(Machine& machine)
{
    return {&machine.first, &machine.second};
}

/// Enough updates for three generations.
constexpr int rounds = 4;

/// A batch of updates of so many hosts.
std::vector<ipc::Propose> batch_of(int hosts)
{
    std::vector<ipc::Propose> batch;
    for (int i = 0; i < hosts; ++i) {
        batch.push_back(set4("host-" + std::to_string(i), 7));
    }
    return batch;
}

/// First start, single updates, batches, an update without a change, expiry, other configs, and restarts with
/// the wall clock behind and ahead, over several generations.
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

/// A larger zone. All hosts are updated, in turn and in another order, while new generations are written:
/// hosts that the snapshot already has, that come next, and that come later.
void run_compactions(Model& model)
{
    constexpr int hosts = 6;
    model.start(1, keeper::start_time);
    model.update(batch_of(hosts));
    for (int i = 0; i < 30; ++i) {
        const int host = i < 15 ? i * 3 % hosts : hosts - 1 - i % hosts;
        model.update({set4("host-" + std::to_string(host), static_cast<std::uint8_t>(100 + i))});
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

// after kill -9 the kernel still has what was written: the next start serves it, and then the power fails
TEST(PowerLoss, LosesNothingThatWasServedAfterAKill)
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

// a batch over several sectors, any of which may be missing
TEST(PowerLoss, KeepsABatchOfManySectorsWholeOrNotAtAll)
{
    Model model{both_files};
    model.start(1, keeper::start_time);
    model.update(batch_of(40));
    EXPECT_EQ(model.violation(), "");
    EXPECT_EQ(model.serial(), keeper::start_time + 40);
    RecordProperty("images", static_cast<int>(model.images()));
}

TEST(PowerLoss, LosesNothingInTheMiddleOfACompaction)
{
    Model model{both_files};
    model.go_on_too();
    model.die_too();
    model.check_every(5);
    run_compactions(model);
    EXPECT_EQ(model.violation(), "");
    EXPECT_GE(model.generations(), 4U);
    RecordProperty("images", static_cast<int>(model.images()));
    RecordProperty("deaths", static_cast<int>(model.deaths()));
}

/// Both are the same file: each new generation overwrites the valid one.
class InPlace : public keeper::StateFile
{
public:
    InPlace(keeper::DiskFile& file, bool reads, bool truncates)
        : file_(file), reads_(reads), truncates_(truncates)
    {
    }
    int read(keeper::ByteVector& content) override { return reads_ ? file_.read(content) : 0; }
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override
    {
        return file_.write(offset, bytes);
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

// the tests above prove nothing unless the model detects these

TEST(PowerLossMutants, DetectsAStoreThatDoesNotSync)
{
    Model model{both_files};
    model.disk().syncs = false;
    run_history(model, 1);
    EXPECT_NE(model.violation(), "");
}

TEST(PowerLossMutants, DetectsAStoreThatWritesInPlace)
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
        EXPECT_GT(model.serial(), keeper::start_time + 2) << "it must fail when a new generation is written";
    }
}

/// Whether the model detects that this sync does nothing.
bool sees_without(std::size_t sync, std::size_t torn_step)
{
    Model model{both_files};
    model.check_every(torn_step);
    model.disk().skipped_sync = sync;
    run_history(model, rounds);
    return !model.violation().empty();
}

// Each sync is skipped alone, while later ones work. The first one of a start is never needed: at the very
// first start the truncated file was empty, and later starts read what was synced. Syncs of truncations and
// snapshots are needed only if the bytes lie so that a mixture can be read.
TEST(PowerLossMutants, DetectsEachMissingSync)
{
    Model healthy{both_files};
    run_history(healthy, rounds);
    ASSERT_EQ(healthy.violation(), "");
    ASSERT_GE(healthy.generations(), 3U);
    std::map<Synced, std::size_t> all;
    std::map<Synced, std::size_t> seen;
    constexpr std::size_t a_few = 7; // most are detected at once
    const std::vector<Synced>& synced = healthy.disk().synced;
    for (const Model::Step& step : healthy.steps()) {
        const std::size_t first = step.first_sync + (step.is_start ? 1U : 0U);
        const std::size_t end = step.first_sync + step.syncs;
        const bool switches_over = synced.at(end - 2) == Synced::header;
        for (std::size_t sync = first; sync < end; ++sync) {
            const Synced kind = synced.at(sync - 1);
            const bool is_spare = kind != Synced::header && (kind != Synced::commit || switches_over);
            const bool is_seen = sees_without(sync, a_few) || (!is_spare && sees_without(sync, 1));
            ++all[kind];
            seen[kind] += is_seen ? 1U : 0U;
            EXPECT_TRUE(is_seen || is_spare)
                << sync << int(kind) << ' ' << step.is_start << step.first_sync << ' ' << step.syncs;
        }
    }
    EXPECT_GT(all[Synced::commit], 20U);
    EXPECT_GE(all[Synced::header], 3U);
    EXPECT_GE(all[Synced::snapshot], 2U);
}

/// Of the syncs of this kind after those of the first start, how many are detected if they do nothing.
struct Count {
    std::size_t all = 0;
    std::size_t seen = 0;
};
Count count_seen(Synced kind, Synced next, const std::function<void(Model&)>& history)
{
    Model healthy{both_files};
    history(healthy);
    EXPECT_EQ(healthy.violation(), "");
    const std::vector<Synced>& synced = healthy.disk().synced;
    Count count;
    for (std::size_t i = 3; i + 1 < synced.size(); ++i) {
        if (synced[i] == kind && synced[i + 1] == next) {
            Model model{both_files};
            model.check_every(7);
            model.disk().skipped_sync = i + 1;
            history(model);
            ++count.all;
            count.seen += model.violation().empty() ? 0U : 1U;
        }
    }
    return count;
}

TEST(PowerLossMutants, DetectsAHeaderThatIsWrittenBeforeItsSnapshot)
{
    const Count count = count_seen(Synced::snapshot, Synced::header, run_compactions);
    EXPECT_GE(count.all, 3U);
    EXPECT_EQ(count.seen, count.all);
}

// the old bytes must continue where the new ones end, which happens with hosts that change in turn
TEST(PowerLossMutants, DetectsAFileThatIsNotTruncatedBeforeItIsWritten)
{
    const Count count = count_seen(Synced::cut, Synced::commit, [](Model& model) {
        model.start(1, keeper::start_time);
        for (int i = 0; i < 60; ++i) {
            model.update({set4("a", static_cast<std::uint8_t>(i))});
        }
    });
    EXPECT_GE(count.all, 3U);
    EXPECT_GE(count.seen, 1U);
}

/// Shared by two broken files.
struct Memory {
    ByteVector commit; ///< the payload of the last commit
};

/// A file in which a commit during a compaction does not update hosts that the snapshot already has.
class Forgetful : public keeper::StateFile, private journal::Sink
{
public:
    Forgetful(keeper::DiskFile& file, Memory& memory) : file_(file), memory_(memory) {}

    int read(ByteVector& content) override { return file_.read(content); }
    int write(std::uint64_t offset, base::Bytes bytes) noexcept override
    {
        const journal::Frame frame = journal::read_frame(bytes, 0);
        if (frame.state != journal::FrameState::whole) {
            return file_.write(offset, bytes); // the header
        }
        const base::Bytes payload = journal::unpack(frame, unpacked_);
        if (frame.kind == journal::Kind::commit) {
            memory_.commit.assign(payload.begin(), payload.end());
            return file_.write(offset, bytes);
        }
        is_commit_ = std::equal(payload.begin(), payload.end(), memory_.commit.begin(), memory_.commit.end());
        base::Reader head{payload};
        const std::uint32_t serial = head.u32();
        changed_.begin(serial, keeper::unix_time(static_cast<std::int64_t>(head.u64())));
        journal::read_commit(payload, *this);
        return file_.write(offset,
                           journal::encode_frame(frame.kind, frame.generation, changed_.payload(), room_));
    }
    int sync() noexcept override { return file_.sync(); }
    int truncate(std::uint64_t size) noexcept override
    {
        said_.clear();
        return file_.truncate(size);
    }

private:
    void host(const journal::HostEntry& entry) override
    {
        const auto known = said_.find(entry.name.to_text());
        changed_.add(is_commit_ && known != said_.end() ? known->second : entry);
        said_.insert_or_assign(entry.name.to_text(), entry);
    }
    void challenge(const journal::ChallengeEntry& entry) override { changed_.add(entry); }
    void zone(const journal::ZoneEntry& entry) override { changed_.add(entry); }
    void clock(const journal::ClockEntry& entry) override { changed_.add(entry); }

    keeper::DiskFile& file_;
    Memory& memory_;
    std::map<std::string, journal::HostEntry> said_; ///< the entries of the snapshot
    journal::CommitWriter changed_;
    bool is_commit_ = false;
    ByteVector unpacked_ = ByteVector(journal::max_payload);
    ByteVector room_ = ByteVector(journal::max_frame);
};

TEST(PowerLossMutants, DetectsAnUpdateThatIsLostBehindTheCursor)
{
    Memory memory;
    std::vector<std::unique_ptr<Forgetful>> files;
    Model model{[&](Machine& machine) {
        files.push_back(std::make_unique<Forgetful>(machine.first, memory));
        files.push_back(std::make_unique<Forgetful>(machine.second, memory));
        return std::pair<keeper::StateFile*, keeper::StateFile*>{files[files.size() - 2].get(),
                                                                 files.back().get()};
    }};
    model.check_every(7);
    run_compactions(model);
    EXPECT_NE(model.violation(), "");
    EXPECT_THAT(model.violation(), testing::Not(testing::HasSubstr("refused")));
}

// the only sync that is needed after a kill alone
TEST(PowerLossMutants, DetectsAStartThatServesUnsyncedData)
{
    Model model{both_files};
    model.die_too();
    model.skip_first_sync_after_death();
    run_history(model, 1);
    EXPECT_NE(model.violation(), "");
}

} // namespace
