#include "daemon/keeper/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "tests/daemon/keeper/disk.h"
#include "tests/support/failure.h"

using namespace keeper;
using testing::HasSubstr;

namespace
{

/// A state of three hosts with a number each.
struct Page {
    std::uint32_t serial = 100;
    std::array<std::uint8_t, 3> numbers{};
    friend bool operator==(const Page&, const Page&) = default;
};

journal::HostEntry entry_for(std::size_t host, std::uint8_t number)
{
    return {*dns::Name::from_text(std::string(40, static_cast<char>('a' + host)) + ".example.org"),
            base::Address4{{192, 0, 2, number}}, std::nullopt, base::UnixTime{base::Seconds{2000000000}}};
}

struct Book : StateSource {
    Page page;
    journal::CommitHead head() const override { return {page.serial, {}}; }
    journal::ZoneEntry zone() const override { return {{1}}; }
    std::optional<base::FixedPoint> fixed_point() const override { return base::FixedPoint{{5}, {}, {}}; }
    std::size_t hosts() const override { return page.numbers.size(); }
    bool challenge(std::size_t /*index*/, journal::ChallengeEntry& /*entry*/) const override { return false; }
    bool host(std::size_t index, journal::HostEntry& entry) const override
    {
        entry = entry_for(index, page.numbers[index]);
        return page.numbers[index] != 0;
    }
};

struct PageReader : journal::Sink {
    Page page;
    void host(const journal::HostEntry& entry) override
    {
        page.numbers.at(entry.name.first_label()[0] - 'a') = entry.a->bytes[3];
    }
    void challenge(const journal::ChallengeEntry& /*entry*/) override {}
    void zone(const journal::ZoneEntry&) override {}
    void clock(const journal::ClockEntry&) override {}
};

/// A new generation every few commits, written in steps of one or two hosts, with a sync after some steps.
constexpr CompactionPolicy policy{600, 1, 3, 2, 250};

/// A store, and a check of what can be read after a crash at any moment.
class Machine
{
public:
    Machine()
    {
        disk_.on_call = [this] { check_images(); };
    }

    /// Opens the store; returns its refusal.
    std::string start()
    {
        store_.emplace(first_, second_, book_, policy);
        PageReader reader;
        const Opened opened = store_->open(reader);
        if (!opened.refusal.empty()) {
            return opened.refusal;
        }
        if (opened.is_fresh) {
            attempts_ = {book_.page};
            store_->create();
            acknowledged_ = book_.page;
        } else {
            book_.page = reader.page;
            book_.page.serial = store_->recovered().serial;
            acknowledged_ = book_.page;
        }
        attempts_.clear();
        return "";
    }

    bool commit(std::uint8_t number)
    {
        Page next = book_.page;
        const std::size_t host = number % next.numbers.size();
        next.numbers.at(host) = number;
        ++next.serial;
        attempts_.push_back(next);
        store_->writer().begin(next.serial, {});
        store_->writer().add(entry_for(host, number));
        if (!store_->commit()) {
            check_images();
            return false;
        }
        acknowledged_ = book_.page = next;
        attempts_.clear();
        check_images();
        store_->compact();
        return true;
    }

    bool rewrite() { return store_->rewrite(); }

    /// Replaces the files' content by what a crash has left.
    void crash_into(const ByteVector& first, const ByteVector& second)
    {
        first_.become(first);
        second_.become(second);
    }

    Disk& disk() { return disk_; }
    const ByteVector content(unsigned file) const
    {
        return (file == 0 ? first_ : second_).image([](std::size_t) { return true; });
    }
    const Page& page() const { return book_.page; }
    std::size_t images() const { return images_; }
    const std::string& violation() const { return violation_; }
    void set_checking(bool on) { is_checking_ = on; }
    /// Checks only every `step`-th prefix of a write: for tests with many machines.
    void check_every(std::size_t step) { torn_step_ = step; }

private:
    void check_images()
    {
        if (!is_checking_ || !violation_.empty()) {
            return;
        }
        check_missing_parts();
        for (DiskFile* file : {&first_, &second_}) {
            for (std::size_t kept = 0; kept < file->last_write(); kept += torn_step_) {
                const ByteVector torn = file->torn(kept);
                check(file == &first_ ? torn : content(0), file == &first_ ? content(1) : torn);
            }
        }
    }

    void check_missing_parts()
    {
        const std::size_t first_parts = first_.parts();
        const std::size_t parts = first_parts + second_.parts();
        const bool all = parts <= 8;
        const std::size_t rounds = all ? std::size_t{1} << parts : 40;
        for (std::size_t round = 0; round < rounds; ++round) {
            const std::uint64_t subset = all ? round : round == 0 ? 0 : random_();
            const auto in = [subset](std::size_t part) { return (subset >> part % 64 & 1) != 0; };
            check(first_.image(in), second_.image([&](std::size_t part) { return in(first_parts + part); }));
        }
    }

    void check(const ByteVector& first, const ByteVector& second)
    {
        ++images_;
        PageReader reader;
        const journal::Recovery found = journal::recover(first, second, reader);
        reader.page.serial = found.serial;
        if (found.found == journal::Found::fresh || found.found == journal::Found::lost) {
            note(acknowledged_.has_value(), "a state is lost");
            return;
        }
        note(found.found != journal::Found::state, "refused: " + journal::describe_error(found));
        const bool known = (acknowledged_ && reader.page == *acknowledged_) ||
                           std::find(attempts_.begin(), attempts_.end(), reader.page) != attempts_.end();
        note(!known, "serial " + std::to_string(reader.page.serial) + " came back");
    }
    void note(bool is_wrong, const std::string& what)
    {
        if (is_wrong && violation_.empty()) {
            violation_ = what + " (call " + std::to_string(disk_.calls) + ")";
        }
    }

    Disk disk_;
    DiskFile first_{disk_};
    DiskFile second_{disk_};
    Book book_;
    std::optional<Store> store_;
    std::optional<Page> acknowledged_;
    std::vector<Page> attempts_; ///< since the last acknowledged one
    std::mt19937_64 random_{42};
    std::size_t images_ = 0;
    std::string violation_;
    bool is_checking_ = true;
    std::size_t torn_step_ = 1;
};

void run(Machine& machine, int commits)
{
    machine.start();
    for (int i = 1; i <= commits; ++i) {
        machine.commit(static_cast<std::uint8_t>(i));
    }
}

} // namespace

// fail the n-th call, for all n: once, several times, and permanently
TEST(StoreErrors, NeverLoseOrInventACommitWhicheverCallFails)
{
    constexpr int commits = 9;
    for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{100000}}) {
        Machine healthy;
        healthy.set_checking(false);
        run(healthy, commits);
        const std::size_t calls = healthy.disk().calls;
        constexpr std::size_t calls_of_create = 7;
        for (std::size_t n = calls_of_create + 1; n <= calls; ++n) {
            Machine machine;
            machine.check_every(13);
            machine.disk().fail_from = n;
            machine.disk().fail_count = count;
            machine.start();
            for (int i = 1; i <= commits; ++i) {
                machine.commit(static_cast<std::uint8_t>(i));
            }
            ASSERT_EQ(machine.violation(), "") << "call " << n << " and " << count - 1 << " more";
        }
    }
}

TEST(StoreErrors, EndWhenTheDiskWorksAgain)
{
    for (std::size_t n = 8; n <= 40; ++n) {
        Machine machine;
        machine.set_checking(false);
        machine.start();
        machine.disk().fail_from = n;
        machine.disk().fail_count = 10;
        bool recovered = false;
        for (int i = 1; i <= 60; ++i) {
            recovered = machine.commit(static_cast<std::uint8_t>(i));
        }
        EXPECT_TRUE(recovered) << n;
        const Page last = machine.page();
        machine.crash_into(machine.content(0), machine.content(1));
        machine.start();
        EXPECT_EQ(machine.page(), last) << n;
    }
}

// after a failed sync the kernel may have dropped data that it could not write
TEST(StoreErrors, MakeItWriteTheWholeStateAgainAfterAFailedSync)
{
    Machine machine;
    machine.start();
    ASSERT_TRUE(machine.commit(1));
    const std::size_t live = machine.content(0).empty() ? 1 : 0;
    machine.disk().fail_from = machine.disk().calls + 2; // the write succeeds, the sync fails
    machine.disk().fail_count = 1;
    EXPECT_FALSE(machine.commit(2));
    EXPECT_TRUE(machine.commit(3));
    EXPECT_TRUE(machine.content(static_cast<unsigned>(live)).empty());
    EXPECT_FALSE(machine.content(static_cast<unsigned>(1 - live)).empty());
    EXPECT_EQ(machine.violation(), "");
}

TEST(StoreErrors, AreLoggedOnceWhenTheyStartAndOnceWhenTheyEnd)
{
    Machine machine;
    machine.start();
    machine.disk().fail_from = machine.disk().calls + 1;
    machine.disk().fail_count = 100000;
    testing::internal::CaptureStderr();
    for (int i = 1; i <= 50; ++i) {
        EXPECT_FALSE(machine.commit(static_cast<std::uint8_t>(i)));
    }
    const std::string begin = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(begin.begin(), begin.end(), '\n'), 1) << begin;
    machine.disk().fail_from = 0;
    testing::internal::CaptureStderr();
    EXPECT_TRUE(machine.commit(51));
    EXPECT_TRUE(machine.commit(52));
    const std::string end = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(end.begin(), end.end(), '\n'), 1) << end;
    EXPECT_THAT(end, HasSubstr("again"));
}

TEST(Store, KeepsItsStateOverARestart)
{
    Machine machine;
    run(machine, 25);
    const Page last = machine.page();
    machine.start();
    EXPECT_EQ(machine.page(), last);
    EXPECT_TRUE(machine.commit(77));
    machine.start();
    EXPECT_EQ(machine.page().serial, last.serial + 1);
    EXPECT_EQ(machine.violation(), "");
}

TEST(Store, RemovesAnIncompleteRecordAndLogsIt)
{
    Machine machine;
    run(machine, 3);
    const Page last = machine.page();
    const ByteVector whole = machine.content(0);
    ByteVector torn = whole;
    torn.insert(torn.end(), 30, std::uint8_t{0});
    machine.crash_into(torn, {});
    testing::internal::CaptureStderr();
    machine.start();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("never acknowledged: 30 bytes at byte "));
    EXPECT_EQ(machine.page(), last);
    EXPECT_EQ(machine.content(0), whole);
    EXPECT_TRUE(machine.commit(9));
    EXPECT_EQ(machine.violation(), "");
}

// The start rewrites it, which may fail. Then a commit may come before that is tried again.
TEST(Store, AppendsNothingToAFileOfAnOlderFormat)
{
    unsigned refused = 0;
    for (std::size_t n = 1; n <= 12; ++n) {
        Machine machine;
        machine.set_checking(false);
        run(machine, 3);
        ByteVector old = machine.content(0);
        journal::Header header;
        ASSERT_EQ(journal::decode(old, header), journal::HeaderState::whole);
        header.version = journal::version - 1;
        std::ranges::copy(journal::encode(header), old.begin());
        machine.crash_into(old, {});
        machine.disk().fail_from = machine.disk().calls + n;
        machine.disk().fail_count = 1;
        testing::internal::CaptureStderr();
        machine.start();
        const bool has_failed = machine.disk().calls >= machine.disk().fail_from;
        refused += has_failed || machine.rewrite() ? 0U : 1U;
        EXPECT_TRUE(machine.commit(9)) << n;
        testing::internal::GetCapturedStderr();
        for (const unsigned file : {0U, 1U}) {
            const bool is_whole =
                journal::decode(machine.content(file), header) == journal::HeaderState::whole;
            EXPECT_TRUE(!is_whole || header.version == journal::version) << n;
        }
    }
    EXPECT_GE(refused, 5U);
}

TEST(Store, KeepsTheLiveFileBounded)
{
    Machine machine;
    machine.set_checking(false);
    machine.start();
    for (int i = 1; i <= 2000; ++i) {
        ASSERT_TRUE(machine.commit(static_cast<std::uint8_t>(1 + i % 200)));
        ASSERT_LE(machine.content(0).size() + machine.content(1).size(), 4000U);
    }
}

TEST(Store, RefusesADamagedStateAndLeavesItUnchanged)
{
    Machine machine;
    run(machine, 3);
    ByteVector damaged = machine.content(0);
    damaged[damaged.size() - 20] ^= 4;
    machine.crash_into(damaged, {});
    machine.set_checking(false);
    const std::size_t calls = machine.disk().calls;
    EXPECT_THAT(machine.start(), HasSubstr("STATE.0 is damaged at byte"));
    EXPECT_EQ(machine.content(0), damaged);
    EXPECT_EQ(machine.disk().calls, calls);
}

TEST(Store, EndsTheProcessIfAFirstStateCannotBeStored)
{
    for (std::size_t n = 1; n <= 6; ++n) {
        Machine machine;
        machine.disk().fail_from = n;
        machine.disk().fail_count = 1;
        EXPECT_THAT(support::failure_of([&] { machine.start(); }), HasSubstr("cannot store the state: "))
            << n;
    }
}
