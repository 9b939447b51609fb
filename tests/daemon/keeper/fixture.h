// A ledger on two files in memory, with hosts a, b and c and the token "secret" for each.
#pragma once

#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/common/token_digest.h"
#include "daemon/keeper/ledger.h"
#include "tests/daemon/keeper/disk.h"

namespace keeper
{

inline constexpr std::int64_t start_time = 1795000000;

inline base::UnixTime unix_time(std::int64_t seconds)
{
    return base::UnixTime{base::Seconds{seconds}};
}
/// What `work` logs.
inline std::string logged(const std::function<void()>& work)
{
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
}
inline dns::Name name_of(std::string_view host)
{
    return *dns::Name::from_text(std::string{host} + ".example.org");
}

inline ipc::Account account(std::uint32_t index, std::string_view host, std::int64_t lifetime = 3600)
{
    return {ipc::HostIndex{index}, name_of(host),
            common::hash_token(*base::Token::from("secret"), ipc::Salt{static_cast<std::uint8_t>(index)}),
            base::Seconds{lifetime}};
}

inline ipc::Propose set4(std::string_view host, std::uint8_t last, std::uint32_t id = 1)
{
    ipc::Propose propose;
    propose.id = ipc::RequestId{id};
    propose.token = *base::Token::from("secret");
    propose.hosts = {name_of(host)};
    propose.ipv4 = {ipc::Change::set, {{192, 0, 2, last}}};
    propose.ipv6.change = ipc::Change::remove;
    propose.client = *base::parse_address("203.0.113.9");
    return propose;
}

/// To set only these, of one host.
inline ipc::Propose set6(std::string_view host, const char* address)
{
    ipc::Propose propose = set4(host, 0);
    propose.ipv4 = {ipc::Change::keep};
    propose.ipv6 = {ipc::Change::set, *base::parse_address6(address)};
    return propose;
}
inline ipc::Propose set_prefix(std::string_view host, const char* address, std::uint8_t length = 64)
{
    ipc::Propose propose = set4(host, 0);
    propose.ipv4 = {ipc::Change::keep};
    propose.ipv6 = {ipc::Change::keep};
    propose.prefix = {ipc::Change::set, base::prefix_of(*base::parse_address6(address), length)};
    return propose;
}
inline ipc::ChallengeValue value_of(char letter)
{
    ipc::ChallengeValue value;
    value.fill(static_cast<std::uint8_t>(letter));
    return value;
}
inline ipc::Propose set_txt(std::string_view host, char letter, ipc::TxtChange change = ipc::TxtChange::set)
{
    ipc::Propose propose = set4(host, 0);
    propose.ipv4 = {ipc::Change::keep};
    propose.ipv6 = {ipc::Change::keep};
    propose.prefix = {ipc::Change::keep};
    propose.txt = change;
    propose.value = value_of(letter);
    return propose;
}

/// The uptime counts from the start of the test; the ledger uses the wall clock only when it is opened.
class LedgerFixture
{
public:
    LedgerFixture()
    {
        disk_.on_call = [] {};
    }

    Ledger& start(std::int64_t wall = start_time, std::uint8_t fingerprint = 1)
    {
        open(wall, fingerprint);
        ledger_->start(now_, is_reload);
        return *ledger_;
    }
    Ledger& open(std::int64_t wall = start_time, std::uint8_t fingerprint = 1)
    {
        Hosts hosts{base::SipKey{9}};
        for (const ipc::Account& a : accounts) {
            hosts.add(a);
        }
        for (const ipc::Follower& follower : followers) {
            EXPECT_TRUE(hosts.add(follower));
        }
        for (const ipc::Group& group : groups) {
            EXPECT_TRUE(hosts.add(group));
        }
        hosts.finish();
        ipc::Digest print{};
        print[0] = fingerprint;
        ledger_.reset();
        ledger_ = std::make_unique<Ledger>(std::move(hosts), print, first_, second_);
        was_fresh = ledger_->open({{boot}, unix_time(wall), now_}, now_).is_fresh;
        return *ledger_;
    }

    Ledger& ledger() { return *ledger_; }
    Disk& disk() { return disk_; }
    base::Uptime now() const { return now_; }
    void pass(std::int64_t ms) { now_ += base::Uptime{ms}; }
    /// Reboots the machine: the uptime starts again. The next start is `ms` after the boot.
    void reboot(std::int64_t ms = 20000)
    {
        ++boot;
        now_ = base::Uptime{ms};
    }

    ipc::Verdict propose(const ipc::Propose& proposal)
    {
        ledger_->begin_batch();
        ledger_->propose(proposal, now_);
        const ipc::Verdict verdict = ledger_->settle(now_).front().hosts.front().verdict;
        ledger_->published();
        return verdict;
    }
    /// The outcomes of all hosts of a proposal.
    std::vector<ipc::HostOutcome> outcomes(const ipc::Propose& proposal)
    {
        ledger_->begin_batch();
        ledger_->propose(proposal, now_);
        return ledger_->settle(now_).front().hosts;
    }
    HostData data(std::string_view host) const
    {
        return ledger_->table().data(*ledger_->table().find(name_of(host)));
    }
    const HostState& state(std::string_view host) const
    {
        return ledger_->table().state(*ledger_->table().find(name_of(host)));
    }
    std::string a(std::string_view host) const
    {
        const auto& address = state(host).a;
        return address ? base::to_text(*address) : "-";
    }
    void fail() { disk_.fail_from = disk_.calls + 1, disk_.fail_count = 1000000; }
    void repair_disk() { disk_.fail_from = 0; }
    const DiskFile& file(unsigned number) const { return number == 0 ? first_ : second_; }

    std::vector<ipc::Account> accounts{account(10, "a"), account(11, "b"), account(12, "c", 60)};
    std::vector<ipc::Follower> followers;
    std::vector<ipc::Group> groups;
    bool is_reload = false; ///< for the next start
    bool was_fresh = false;
    std::uint8_t boot = 1; ///< 0: not known

private:
    Disk disk_;
    DiskFile first_{disk_};
    DiskFile second_{disk_};
    base::Uptime now_{1000000};
    std::unique_ptr<Ledger> ledger_;
};

} // namespace keeper
