// A ledger at work on a disk that may lose its power at any moment, and what must hold of all that could be
// read afterwards: the last acknowledged state or the one that was being stored, whole.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "tests/daemon/keeper/fixture.h"

namespace faults
{

using keeper::ByteVector;

/// What two files say, as text; "fresh" or "refused: ..." where they hold no state.
std::string view_of(const ByteVector& first, const ByteVector& second);

/// Two files on one disk.
struct Machine {
    Machine()
    {
        disk.on_call = [] {};
    }
    keeper::Disk disk;
    keeper::DiskFile first{disk};
    keeper::DiskFile second{disk};
};

/// How a broken store reaches its files: the two that it is to use in place of those.
using Files = std::function<std::pair<keeper::StateFile*, keeper::StateFile*>(Machine&)>;

class Model
{
public:
    /// One start, update or expiry, and the disk's syncs that it made, by number.
    struct Step {
        bool is_start = false;
        std::size_t first_sync = 0;
        std::size_t syncs = 0;
    };

    explicit Model(Files files);

    /// A start of the daemon with this config, at this time of the wall clock.
    void start(std::uint8_t fingerprint, std::int64_t wall);
    /// Each is one commit at most.
    void update(const std::vector<ipc::Propose>& batch);
    void expire();
    /// From the next start on the config does not have these.
    void leave_out(const std::vector<std::string>& hosts)
    {
        left_out_.clear();
        for (const std::string& host : hosts) {
            left_out_.insert(keeper::name_of(host).to_text());
        }
    }
    /// Before the next start. The uptime begins again.
    void reboot()
    {
        ++boot_;
        now_ = base::Uptime{30000};
    }
    void pass(std::int64_t seconds) { now_ += base::Uptime{seconds * 1000}; }

    keeper::Disk& disk() { return machine_.disk; }
    /// Also dies at each moment, starts again on what the kernel has, and loses its power then.
    void die_too() { dies_too_ = true; }
    void skip_first_sync_after_death() { skips_sync_after_death_ = true; }
    /// Also starts on each image that a power cut leaves, and stores something.
    void go_on_too() { goes_on_too_ = true; }
    /// Of the ends that a torn write can have, looks at each `step`-th.
    void look_less(std::size_t step) { torn_step_ = step; }
    std::uint32_t serial() const { return ledger_->serial(); }

    /// What was found first, or nothing.
    const std::string& violation() const { return violation_; }
    const std::vector<Step>& steps() const { return steps_; }
    std::size_t images() const { return images_; }
    std::size_t moments() const { return moments_; }
    std::size_t deaths() const { return deaths_; }
    /// The newest.
    std::size_t generations() const;

private:
    using Views = std::map<std::string, std::string>; ///< and how an image came to be that shows it

    std::unique_ptr<keeper::Ledger> ledger_on(Machine& machine, std::uint8_t fingerprint);
    std::string view(const keeper::Ledger& ledger, std::uint8_t fingerprint) const;
    bool start(keeper::Ledger& ledger);
    void during(bool is_start, const std::function<void()>& work);
    void look(const Machine& machine, Views& seen);
    void look_at_torn(const Machine& machine, Views& seen);
    void look_at_torn(const keeper::DiskFile& torn, const keeper::DiskFile& other, bool is_first,
                      Views& seen);
    void note_image(const ByteVector& first, const ByteVector& second, const std::string& how, Views& seen);
    void die_here();
    void start_after_death(std::size_t failing_call);
    void go_on_from(const ByteVector& first, const ByteVector& second, const std::string& view_before);
    void require(const Views& seen, const std::set<std::string>& allowed, const char* when);

    Files files_;
    std::vector<ipc::Account> accounts_;
    Machine machine_;
    std::unique_ptr<keeper::Ledger> ledger_;
    std::uint8_t fingerprint_ = 0;
    std::set<std::string> left_out_;
    std::uint8_t boot_ = 1;
    base::FixedPoint started_;
    base::Uptime now_{1000000};

    std::string before_ = "fresh"; ///< the last acknowledged state
    Views seen_;                   ///< while something was being stored
    Views seen_after_death_;       ///< by whoever was started then
    bool dies_too_ = false;
    bool skips_sync_after_death_ = false;
    bool goes_on_too_ = false;
    std::size_t torn_step_ = 1;
    std::vector<Step> steps_;
    std::map<std::pair<ByteVector, ByteVector>, std::string> views_; ///< of images that were seen before
    std::string violation_;
    std::size_t images_ = 0;
    std::size_t moments_ = 0;
    std::size_t deaths_ = 0;
};

} // namespace faults
