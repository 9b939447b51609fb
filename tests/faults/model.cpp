#include "tests/faults/model.h"

#include "tests/proto/journal/images.h"

namespace faults
{

using keeper::set4;

namespace
{

/// A new generation every few commits, written in steps of one or two hosts, with a sync after some steps.
constexpr keeper::CompactionPolicy policy{700, 1, 3, 40, 200};
constexpr std::size_t most_parts = 14; // up to so many, all subsets are checked

struct Reader : journal::Sink {
    std::map<std::string, journal::HostEntry> hosts;
    int fingerprint = 0;
    std::optional<base::FixedPoint> fixed;
    void host(const journal::HostEntry& entry) override { hosts[entry.name.to_text()] = entry; }
    std::map<std::string, journal::Challenge> challenges;
    void challenge(const journal::ChallengeEntry& entry) override
    {
        challenges[entry.name.to_text()] = entry.challenge;
    }
    void clock(const journal::ClockEntry& entry) override { fixed = entry.fixed; }
    void zone(const journal::ZoneEntry& entry) override { fingerprint = entry.fingerprint[0]; }
    /// Without departed hosts that are dropped at `stamp`.
    std::string text(std::uint32_t serial, base::UnixTime stamp) const
    {
        std::string all = std::to_string(serial) + " config " + std::to_string(fingerprint);
        for (const auto& [name, entry] : hosts) {
            if (!entry.left || keeper::Departed::is_kept(entry, stamp)) {
                all += "; " + name + ' ' + line_of(entry);
            }
        }
        for (const auto& [name, challenge] : challenges) {
            all += challenge.empty() ? "" : "; " + name + " TXT" + values_of(challenge);
        }
        if (fixed) {
            all += "; clock " + std::to_string(fixed->boot[0]) + ' ' + seconds(fixed->time) + ' ' +
                   std::to_string(fixed->uptime.count());
        }
        return all;
    }

private:
    static std::string seconds(base::UnixTime time)
    {
        return std::to_string(time.time_since_epoch().count());
    }
    static std::string values_of(const journal::Challenge& challenge)
    {
        std::string text;
        for (const journal::ChallengeValue& value : challenge.values()) {
            text += ' ' + std::string{base::as_text(value.text)} + ' ' + seconds(value.expires);
        }
        return text;
    }
    static std::string line_of(const journal::HostEntry& entry)
    {
        return (entry.a ? base::to_text(*entry.a) : "-") + ' ' +
               (entry.aaaa ? base::to_text(*entry.aaaa) + ' ' : "") +
               (entry.prefix ? base::to_text(*entry.prefix) + ' ' : "") + seconds(entry.expires) +
               (entry.left ? " left " + seconds(*entry.left) : "") + journal::text_of_report(entry);
    }
};

bool everything(std::size_t /*part*/)
{
    return true;
}

} // namespace

std::string view_of(const ByteVector& first, const ByteVector& second)
{
    Reader reader;
    const journal::Recovery found = journal::recover(first, second, reader);
    switch (found.found) {
    case journal::Found::fresh:
    case journal::Found::lost: // a first start that was interrupted
        return "fresh";
    case journal::Found::state:
        return reader.text(found.serial, found.stamp);
    case journal::Found::damaged:
    case journal::Found::newer:
        break;
    }
    return "refused: " + journal::describe_error(found);
}

Model::Model(Files files) : files_(std::move(files))
{
    accounts_ = {keeper::account(10, "a"), keeper::account(11, "b"), keeper::account(12, "c", 60)};
    for (ipc::Account& account : accounts_) {
        account.token_sets_challenge = true;
    }
    for (std::uint32_t i = 0; i < 105; ++i) {
        accounts_.push_back(keeper::account(20 + i, "host-" + std::to_string(i)));
    }
    machine_.disk.on_call = [this] {
        ++moments_;
        check_images(machine_, seen_);
        if (dies_too_ && violation_.empty()) {
            die_here();
        }
    };
}

std::unique_ptr<keeper::Ledger> Model::ledger_on(Machine& machine, std::uint8_t fingerprint)
{
    keeper::Hosts hosts{{9}};
    for (const ipc::Account& account : accounts_) {
        if (!left_out_.contains(account.host.to_text())) {
            hosts.add(account);
        }
    }
    hosts.finish();
    const auto [first, second] = files_(machine);
    return std::make_unique<keeper::Ledger>(std::move(hosts), ipc::Digest{fingerprint}, *first, *second,
                                            policy);
}

/// What a reader of its files should see.
std::string Model::view(const keeper::Ledger& ledger, std::uint8_t fingerprint) const
{
    Reader all;
    all.fingerprint = fingerprint;
    for (keeper::HostNumber host = 0; host < ledger.table().count(); ++host) {
        const keeper::HostData data = ledger.table().data(host);
        if (data.has_entry()) {
            static_cast<journal::Sink&>(all).host({ledger.table().name(host), data.a, data.aaaa, data.expires,
                                                   std::nullopt, data.prefix, data.report, data.updated});
        }
        static_cast<journal::Sink&>(all).challenge({ledger.table().name(host), data.challenge});
    }
    for (std::size_t number = 0; number < ledger.departed().count(); ++number) {
        static_cast<journal::Sink&>(all).host(ledger.departed().entry(number));
    }
    all.fixed = ledger.fixed_point();
    return all.text(ledger.serial(), ledger.head().stamp);
}

void Model::start(std::uint8_t fingerprint, std::int64_t wall)
{
    started_ = {{boot_}, keeper::unix_time(wall), now_};
    fingerprint_ = fingerprint;
    during(true, [&] {
        ledger_ = ledger_on(machine_, fingerprint);
        start(*ledger_);
    });
}

/// A broken store may refuse its own files.
bool Model::start(keeper::Ledger& ledger)
{
    const std::string refusal = ledger.open(started_, now_).refusal;
    if (!refusal.empty()) {
        violation_ = refusal;
        return false;
    }
    ledger.start(now_);
    return true;
}

void Model::update(const std::vector<ipc::Propose>& batch)
{
    during(false, [&] {
        ledger_->begin_batch();
        for (const ipc::Propose& proposal : batch) {
            ledger_->propose(proposal, now_);
        }
        ledger_->settle(now_);
        ledger_->published();
    });
}

void Model::expire()
{
    during(false, [&] {
        ledger_->expire(now_);
        ledger_->published();
    });
}

/// While the work is done, the state before it or the one after it may be seen. Afterwards, only the one
/// after it: it is acknowledged.
void Model::during(bool is_start, const std::function<void()>& work)
{
    if (!violation_.empty()) {
        return;
    }
    seen_.clear();
    seen_after_death_.clear();
    const std::size_t syncs = machine_.disk.sync_calls;
    testing::internal::CaptureStderr();
    work();
    testing::internal::GetCapturedStderr();
    if (!violation_.empty()) {
        return;
    }
    steps_.push_back({is_start, syncs + 1, machine_.disk.sync_calls - syncs});
    const std::string after = view(*ledger_, fingerprint_);
    require(seen_, {before_, after}, "while it was stored");
    require(seen_after_death_, {before_, after}, "after a kill while it was stored");
    Views later;
    check_images(machine_, later);
    require(later, {after}, "once it was acknowledged");
    const bool grows =
        before_ == "fresh" || after == before_ ||
        base::serial_less(static_cast<std::uint32_t>(std::stoul(before_)), ledger_->serial()) ||
        std::stoul(before_) == ledger_->serial();
    if (!grows && violation_.empty()) {
        violation_ = "the serial decreased from " + before_;
    }
    before_ = after;
}

void Model::require(const Views& seen, const std::set<std::string>& allowed, const char* when)
{
    for (const auto& [view, how] : seen) {
        if (allowed.count(view) == 0 && violation_.empty()) {
            violation_ = std::string{when} + ", " + how + ": " + view + "\n  allowed: " + *allowed.begin() +
                         "\n  or: " + *allowed.rbegin();
        }
    }
}

void Model::note_image(const ByteVector& first, const ByteVector& second, const std::string& how, Views& seen)
{
    ++images_;
    auto [known, is_new] = views_.try_emplace({first, second});
    if (is_new) {
        known->second = view_of(first, second);
    }
    seen.emplace(known->second, how);
    if (goes_on_too_ && is_new && violation_.empty()) {
        go_on_from(first, second, known->second);
    }
}

/// Starts on what the power cut left: it serves exactly that, and stores changes again.
void Model::go_on_from(const ByteVector& first, const ByteVector& second, const std::string& view_before)
{
    Machine next;
    next.first.become(first);
    next.second.become(second);
    const auto state = [&] { return view_of(next.first.image(everything), next.second.image(everything)); };
    auto ledger = ledger_on(next, fingerprint_);
    violation_ = ledger->open(started_, now_).refusal;
    if (!violation_.empty()) {
        return;
    }
    const std::string as_read = view_before == "fresh" ? view_before : state();
    ledger->start(now_);
    ledger->begin_batch();
    ledger->propose(set4("b", 77), now_);
    const bool is_stored = ledger->settle(now_).front().hosts.front().verdict == ipc::Verdict::committed;
    if (as_read != view_before || !is_stored || state() != view(*ledger, fingerprint_)) {
        violation_ = "a start on " + view_before + " gives " + as_read + " and then " + state();
    }
}

/// Checks every subset of what was not synced, by disk sectors, and every prefix of the last write with every
/// subset of the other operations.
void Model::check_images(const Machine& machine, Views& seen)
{
    const std::size_t first_parts = machine.first.parts();
    const std::size_t parts = first_parts + machine.second.parts();
    if (parts > most_parts) {
        violation_ = std::to_string(parts) + " parts are too many for all subsets";
        return;
    }
    for (std::size_t subset = 0; subset < std::size_t{1} << parts; ++subset) {
        const auto in = [subset](std::size_t part) { return (subset >> part & 1) != 0; };
        const ByteVector second =
            machine.second.image([&](std::size_t part) { return in(first_parts + part); });
        note_image(machine.first.image(in), second, "with the parts " + std::to_string(subset), seen);
    }
    check_torn(machine, seen);
}

void Model::check_torn(const Machine& machine, Views& seen)
{
    for (const bool is_first : {true, false}) {
        const keeper::DiskFile& torn = is_first ? machine.first : machine.second;
        const keeper::DiskFile& other = is_first ? machine.second : machine.first;
        if (torn.last_write() != 0 && torn.parts() != 0) {
            check_torn(torn, other, is_first, seen);
        }
    }
}

void Model::check_torn(const keeper::DiskFile& torn, const keeper::DiskFile& other, bool is_first,
                       Views& seen)
{
    const std::size_t before = torn.operations() - 1;
    const std::size_t count = before + other.operations();
    const std::vector<std::size_t> owners = other.operations_of_parts();
    for (std::size_t subset = 0; subset < std::size_t{1} << count; ++subset) {
        const auto in = [&](std::size_t operation) { return (subset >> operation & 1) != 0; };
        const ByteVector whole = other.image([&](std::size_t part) { return in(before + owners[part]); });
        for (std::size_t kept = 0; kept < torn.last_write(); kept += torn_step_) {
            const ByteVector cut = torn.torn(kept, in);
            note_image(is_first ? cut : whole, is_first ? whole : cut, "torn after " + std::to_string(kept),
                       seen);
        }
    }
}

/// The process is killed here, and the next one finds in the kernel's memory what is not on the disk yet.
/// What that one serves may have been seen by clients, so no power cut may undo it. If the disk fails,
/// nothing may be lost.
void Model::die_here()
{
    ++deaths_;
    start_after_death(0);
    constexpr std::size_t calls_of_a_start = 5;
    for (std::size_t failing = 1; before_ != "fresh" && failing <= calls_of_a_start; ++failing) {
        start_after_death(failing);
    }
}

void Model::start_after_death(std::size_t failing_call)
{
    Machine next;
    next.first.become(machine_.first);
    next.second.become(machine_.second);
    next.disk.skipped_sync = skips_sync_after_death_ ? 1 : 0;
    next.disk.fail_from = failing_call;
    next.disk.fail_count = 100000;
    const std::size_t step = torn_step_;
    torn_step_ = failing_call == 0 ? step : 7;
    Views during_start;
    next.disk.on_call = [&] { check_images(next, during_start); };
    auto ledger = ledger_on(next, fingerprint_);
    if (!start(*ledger)) {
        return;
    }
    const std::string served = view(*ledger, fingerprint_);
    if (before_ != "fresh") {
        seen_after_death_.merge(during_start);
    }
    if (failing_call == 0) {
        Views later;
        check_images(next, later);
        require(later, {served}, "once it was served");
    }
    torn_step_ = step;
}

std::size_t Model::generations() const
{
    std::size_t newest = 0;
    for (const keeper::DiskFile* file : {&machine_.first, &machine_.second}) {
        journal::Header header;
        if (journal::decode(file->image(everything), header) == journal::HeaderState::whole) {
            newest = std::max<std::size_t>(newest, header.generation);
        }
    }
    return newest;
}

} // namespace faults
