// No commit waits for a snapshot of the whole zone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

#include "daemon/keeper/store.h"
#include "tests/daemon/keeper/disk.h"

using namespace keeper;

namespace
{

/// Each host has a number; 0 means that it was never updated.
struct Registry : StateSource {
    explicit Registry(std::size_t size, std::uint32_t number = 1) : numbers(size, number) {}
    std::uint32_t serial = 100;
    std::vector<std::uint32_t> numbers;

    static journal::HostEntry entry_for(std::size_t host, std::uint32_t number)
    {
        return {*dns::Name::from_text(std::to_string(100000 + host) + ".example.org"),
                base::Address4{{1, static_cast<std::uint8_t>(number >> 16),
                                static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}},
                std::nullopt, base::UnixTime{base::Seconds{2000000000}}};
    }
    journal::CommitHead head() const override { return {serial, {}}; }
    journal::ZoneEntry zone() const override { return {{1}}; }
    std::optional<base::FixedPoint> fixed_point() const override
    {
        return base::FixedPoint{{5}, base::UnixTime{base::Seconds{7}}, base::Uptime{9}};
    }
    std::size_t hosts() const override { return numbers.size(); }
    bool challenge(std::size_t /*index*/, journal::ChallengeEntry& /*entry*/) const override { return false; }
    bool host(std::size_t index, journal::HostEntry& entry) const override
    {
        entry = entry_for(index, numbers[index]);
        return numbers[index] != 0;
    }
};

struct Reading : journal::Sink {
    std::map<std::size_t, std::uint32_t> numbers;
    void host(const journal::HostEntry& entry) override
    {
        const auto& bytes = entry.a->bytes;
        numbers[std::stoul(entry.name.to_text()) - 100000] =
            static_cast<std::uint32_t>(bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
    }
    void challenge(const journal::ChallengeEntry& /*entry*/) override {}
    void zone(const journal::ZoneEntry& /*entry*/) override {}
    void clock(const journal::ClockEntry& entry) override { fixed = entry.fixed; }
    base::FixedPoint fixed;
};

class Machine
{
public:
    explicit Machine(std::size_t hosts, std::uint32_t number = 1, const CompactionPolicy& policy = {})
        : registry(hosts, number), store_(first_, second_, registry, policy)
    {
        disk.on_call = [] {};
        Reading nothing;
        store_.open(nothing);
        store_.create();
        disk.most_in_a_sync = 0;
    }

    /// Commits a batch of so many hosts, in turn.
    bool commit(std::size_t batch = 1)
    {
        std::map<std::size_t, std::uint32_t> changes;
        for (std::size_t i = 0; i < batch; ++i) {
            next_host_ = (next_host_ + 7919) % registry.hosts();
            changes[next_host_] = ++next_number_;
        }
        store_.writer().begin(registry.serial + 1, {});
        for (const auto& [host, number] : changes) {
            store_.writer().add(Registry::entry_for(host, number));
        }
        if (!store_.commit()) {
            return false;
        }
        ++registry.serial;
        for (const auto& [host, number] : changes) {
            registry.numbers[host] = number;
        }
        store_.compact();
        return true;
    }

    ByteVector content(unsigned file) const
    {
        return (file == 0 ? first_ : second_).image([](std::size_t) { return true; });
    }
    std::uint64_t generation() const
    {
        std::uint64_t newest = 0;
        for (const unsigned file : {0U, 1U}) {
            journal::Header header;
            if (journal::decode(content(file), header) == journal::HeaderState::whole) {
                newest = std::max(newest, header.generation);
            }
        }
        return newest;
    }
    void expect_stored() const
    {
        Reading reading;
        const journal::Recovery found = journal::recover(content(0), content(1), reading);
        EXPECT_EQ(found.found, journal::Found::state);
        EXPECT_EQ(found.serial, registry.serial);
        for (std::size_t host = 0; host < registry.hosts(); ++host) {
            ASSERT_EQ(reading.numbers[host], registry.numbers[host]) << host;
        }
    }

    Disk disk;
    Registry registry;

private:
    DiskFile first_{disk};
    DiskFile second_{disk};
    Store store_;
    std::size_t next_host_ = 0;
    std::uint32_t next_number_ = 1;
};

/// The most work of one commit until the next generation is valid, and the number of commits after the one
/// that started it.
struct Work {
    std::size_t writes = 0;
    std::size_t bytes = 0;
    std::size_t syncs = 0;
    std::size_t commits = 0;
};
Work work_of_a_compaction(Machine& machine, std::size_t batch)
{
    Work most;
    bool is_begun = false;
    for (std::size_t syncs = 0; syncs != 3;) { // the commit, the snapshot, the header
        const Disk before = machine.disk;
        EXPECT_TRUE(machine.commit(batch));
        const Disk& after = machine.disk;
        syncs = after.synced.back() == Synced::header ? 3 : 0;
        most.writes = std::max(most.writes, after.writes - before.writes);
        most.bytes = std::max(most.bytes, after.written - before.written);
        most.syncs = std::max(most.syncs, after.sync_calls - before.sync_calls);
        most.commits += is_begun ? 1U : 0U;
        is_begun = is_begun || after.synced.back() == Synced::cut;
    }
    return most;
}

constexpr CompactionPolicy quick{1000, 1}; // a new generation as soon as possible

} // namespace

// the same bound for any number of hosts
TEST(Compaction, IsABoundedAmountOfWorkPerCommit)
{
    for (const std::size_t hosts : {std::size_t{100}, std::size_t{20000}}) {
        Machine machine{hosts, 1, quick};
        const Work most = work_of_a_compaction(machine, 1);
        machine.expect_stored();
        EXPECT_LE(most.writes, 4U) << "the commit, the commit again, some hosts, the header";
        EXPECT_LE(most.bytes, 4500U) << hosts;
        EXPECT_LE(most.syncs, 3U) << "the commit, the snapshot, the header";
        EXPECT_LE(machine.disk.most_in_a_sync, quick.unsynced + 4500) << hosts;
    }
}

// also if each commit is full, and if almost no host was ever updated
TEST(Compaction, EndsBeforeAsMuchAsTheZoneHasBeenCommitted)
{
    constexpr std::size_t hosts = 20000;
    for (const std::size_t batch : {std::size_t{1}, journal::max_entries}) {
        Machine machine{hosts, 1, quick};
        EXPECT_LE(work_of_a_compaction(machine, batch).commits, hosts / quick.entries + 2);
        machine.expect_stored();
    }
    Machine idle{hosts, 0, quick};
    EXPECT_LE(work_of_a_compaction(idle, 1).commits, hosts / quick.hosts_checked + 2);
}

TEST(Compaction, NeedsNoSecondSyncForAnUpdate)
{
    Machine machine{1000};
    constexpr std::size_t commits = 500; // too few for a new generation
    const std::size_t syncs = machine.disk.sync_calls;
    for (std::size_t i = 0; i < commits; ++i) {
        ASSERT_TRUE(machine.commit());
    }
    EXPECT_EQ(machine.disk.sync_calls - syncs, commits);
    EXPECT_EQ(machine.generation(), 1U);
}

// a snapshot has at most twice the size of the zone, and the live file grows to four times that plus one zone
TEST(Compaction, KeepsBothFilesBounded)
{
    for (const std::size_t batch : {std::size_t{1}, journal::max_entries}) {
        Machine machine{5000};
        const std::size_t zone = machine.content(0).size();
        while (machine.generation() < 4) {
            for (int i = 0; i < 100; ++i) {
                ASSERT_TRUE(machine.commit(batch));
            }
            ASSERT_LE(machine.content(0).size() + machine.content(1).size(), 12 * zone);
        }
        machine.expect_stored();
    }
}

// whichever of its calls fails: no commit is refused, and it starts again later
TEST(Compaction, IsPostponedIfItFails)
{
    constexpr std::size_t hosts = 300; // several steps
    std::size_t failures = 0;
    testing::internal::CaptureStderr();
    for (std::size_t failing = 1; failing < 60; ++failing) {
        Machine machine{hosts, 1, CompactionPolicy{1000, 1, 50, 500, 3000}};
        bool is_refused = false;
        machine.disk.fail_from = machine.disk.calls + failing;
        machine.disk.fail_count = 1;
        for (int i = 0; i < 20; ++i) {
            is_refused = !machine.commit() || is_refused;
        }
        const bool has_failed = machine.disk.calls >= machine.disk.fail_from;
        failures += has_failed && !is_refused ? 1U : 0U;
        for (int i = 0; machine.generation() < 3; ++i) {
            ASSERT_LT(i, 2000) << "no new generation after call " << failing;
            ASSERT_TRUE(machine.commit());
        }
        machine.expect_stored();
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("keeps growing"));
    EXPECT_GE(failures, 10U);
}

// the unfinished snapshot fills the disk
TEST(Compaction, FreesItsSpaceIfACommitHasNone)
{
    Machine machine{1000, 1, quick};
    ASSERT_TRUE(machine.commit());
    ASSERT_TRUE(machine.commit());
    ASSERT_TRUE(machine.commit());
    ASSERT_GT(machine.content(1).size(), 1000U);
    machine.disk.fail_from = machine.disk.calls + 1;
    machine.disk.fail_count = 1;
    testing::internal::CaptureStderr();
    EXPECT_FALSE(machine.commit());
    testing::internal::GetCapturedStderr();
    EXPECT_EQ(machine.content(1).size(), 0U);
    testing::internal::CaptureStderr();
    EXPECT_TRUE(machine.commit());
    testing::internal::GetCapturedStderr();
    machine.expect_stored();
}
