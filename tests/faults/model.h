// A ledger on a disk that may lose its power at any moment. Whatever can be read afterwards must be the last
// acknowledged state or the one that was being stored, complete.
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

/// The state in two files as text; "fresh" or "refused: ..." if they hold none.
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

/// Gives a broken store the two files that it uses instead of those of the machine.
using Files = std::function<std::pair<keeper::StateFile*, keeper::StateFile*>(Machine&)>;

class Model
{
public:
    /// One start, update or expiry, and the numbers of the syncs that it made.
    struct Step {
        bool is_start = false;
        std::size_t first_sync = 0;
        std::size_t syncs = 0;
    };

    explicit Model(Files files);

    /// Starts the daemon with this config at this time of the wall clock.
    void start(std::uint8_t fingerprint, std::int64_t wall);
    /// Each makes at most one commit.
    void update(const std::vector<ipc::Propose>& batch);
    void expire();
    /// From the next start on, the config does not have these hosts.
    void leave_out(const std::vector<std::string>& hosts)
    {
        left_out_.clear();
        for (const std::string& host : hosts) {
            left_out_.insert(keeper::name_of(host).to_text());
        }
    }
    /// Reboots the machine before the next start: the uptime starts again.
    void reboot()
    {
        ++boot_;
        now_ = base::Uptime{30000};
    }
    void pass(std::int64_t seconds) { now_ += base::Uptime{seconds * 1000}; }

    keeper::Disk& disk() { return machine_.disk; }
    /// Also kills the process at each moment, starts it again on what the kernel has, and then cuts the
    /// power.
    void die_too() { dies_too_ = true; }
    void skip_first_sync_after_death() { skips_sync_after_death_ = true; }
    /// Also starts on each image that a power cut leaves, and stores a change.
    void go_on_too() { goes_on_too_ = true; }
    /// Checks only every `step`-th length of a torn write.
    void check_every(std::size_t step) { torn_step_ = step; }
    std::uint32_t serial() const { return ledger_->serial(); }

    /// The first violation, or an empty string.
    const std::string& violation() const { return violation_; }
    const std::vector<Step>& steps() const { return steps_; }
    std::size_t images() const { return images_; }
    std::size_t moments() const { return moments_; }
    std::size_t deaths() const { return deaths_; }
    /// The number of the newest generation.
    std::size_t generations() const;

private:
    using Views = std::map<std::string, std::string>; ///< and how an image with this view was made

    std::unique_ptr<keeper::Ledger> ledger_on(Machine& machine, std::uint8_t fingerprint);
    std::string view(const keeper::Ledger& ledger, std::uint8_t fingerprint) const;
    bool start(keeper::Ledger& ledger);
    void during(bool is_start, const std::function<void()>& work);
    void check_images(const Machine& machine, Views& seen);
    void check_torn(const Machine& machine, Views& seen);
    void check_torn(const keeper::DiskFile& torn, const keeper::DiskFile& other, bool is_first, Views& seen);
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
    Views seen_;                   ///< while a change was being stored
    Views seen_after_death_;       ///< by the process started afterwards
    bool dies_too_ = false;
    bool skips_sync_after_death_ = false;
    bool goes_on_too_ = false;
    std::size_t torn_step_ = 1;
    std::vector<Step> steps_;
    std::map<std::pair<ByteVector, ByteVector>, std::string> views_; ///< of images that were checked before
    std::string violation_;
    std::size_t images_ = 0;
    std::size_t moments_ = 0;
    std::size_t deaths_ = 0;
};

} // namespace faults
