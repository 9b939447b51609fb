#include "daemon/keeper/state_report.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#include <utility>
#include <vector>

#include "daemon/keeper/setup.h"
#include "privsep/fail.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

constexpr int tries = 20; ///< while a daemon writes to the files

/// The last entry of each host, and of its challenge.
template <typename Hosts, typename Challenges>
class Collector : public journal::Sink
{
public:
    Collector(Hosts& hosts, Challenges& challenges) noexcept : hosts_(hosts), challenges_(challenges) {}
    void host(const journal::HostEntry& entry) override
    {
        hosts_[entry.name.to_text()] = {entry.a, entry.aaaa, entry.expires, entry.left, entry.prefix};
    }
    void challenge(const journal::ChallengeEntry& entry) override
    {
        challenges_[entry.name.to_text()] = entry.challenge;
    }
    void zone(const journal::ZoneEntry& /*entry*/) override {}
    void clock(const journal::ClockEntry& /*entry*/) override {}

private:
    Hosts& hosts_;
    Challenges& challenges_;
};

using Contents = std::array<std::vector<std::uint8_t>, 2>;

/// 0 or the errno. EIO if a daemon shortens the file meanwhile.
int read_once(const privsep::UniqueFd& file, std::vector<std::uint8_t>& content)
{
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (size < 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return errno;
    }
    content.resize(static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < content.size();) {
        const ssize_t got = ::read(file.get(), content.data() + at, content.size() - at);
        if (got <= 0) {
            return got < 0 ? errno : EIO;
        }
        at += static_cast<std::size_t>(got);
    }
    return 0;
}

void read_file(const privsep::UniqueFd& file, const std::string& name, std::vector<std::uint8_t>& content)
{
    int error = EIO;
    for (int i = 0; i < tries && error == EIO; ++i) {
        error = read_once(file, content);
    }
    if (error != 0) {
        privsep::fail("cannot read {}: {}", {name, std::strerror(error)});
    }
}

std::string two_digits(unsigned number)
{
    return base::filled("{}{}", {number < 10 ? "0" : "", number});
}

/// Without gmtime(3), which opens a file for the time zone.
std::string time_text(base::UnixTime time)
{
    constexpr base::UnixTime after_9999{base::Seconds{253402300800}};
    if (time >= after_9999) { // no daemon has stored that
        return base::filled("{}", {time.time_since_epoch().count()});
    }
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return base::filled("{}-{}-{} {}:{}:{} UTC",
                        {static_cast<unsigned>(static_cast<int>(date.year())),
                         two_digits(static_cast<unsigned>(date.month())),
                         two_digits(static_cast<unsigned>(date.day())),
                         two_digits(static_cast<unsigned>(clock.hours().count())),
                         two_digits(static_cast<unsigned>(clock.minutes().count())),
                         two_digits(static_cast<unsigned>(clock.seconds().count()))});
}

std::string expiry_text(base::UnixTime expires, base::UnixTime now)
{
    if (base::is_never(expires)) {
        return "never expires";
    }
    return base::filled("{} {}", {expires <= now ? "expired" : "expires", time_text(expires)});
}

bool has_data(const Departed::Records& records) noexcept
{
    return records.a || records.aaaa || records.prefix;
}

std::string addresses(const Departed::Records& records)
{
    std::string text = records.a ? to_text(*records.a) : "";
    if (records.aaaa) {
        base::append(text, "{}{}", {text.empty() ? "" : " ", to_text(*records.aaaa)});
    }
    if (records.prefix) {
        base::append(text, "{}prefix {}", {text.empty() ? "" : " ", to_text(*records.prefix)});
    }
    return text.empty() ? "none" : text;
}

std::string padded(std::string text, std::size_t width)
{
    text.resize(width, ' ');
    return text;
}

void print_all(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t put = ::write(STDOUT_FILENO, text.data(), text.size());
        privsep::require(put > 0, "printing the report of the state");
        text.remove_prefix(static_cast<std::size_t>(put));
    }
}

} // namespace

class StateReport::Taker final : public SetupTaker
{
public:
    explicit Taker(StateReport& into) noexcept : report_(into) {}

    void head(const ipc::KeeperSetup& head) override
    {
        report_.path_ = head.state_path;
        report_.now_ = head.start.time;
        report_.has_config_ = head.responders != 0;
    }
    void account(const ipc::Account& account) override
    {
        leaders_[account.index] = account.host.to_text();
        if (account.token_sets_challenge || !account.challenge_keys.empty()) {
            report_.challenge_hosts_[account.host.to_text()];
        }
        if (account.is_static) {
            return;
        }
        report_.configured_[account.host.to_text()] = {};
        if (account.lifetime == base::never) {
            report_.never_[account.host.to_text()] = {};
        }
    }
    void follower(const ipc::Follower& follower) override
    {
        report_.followers_[follower.host.to_text()] = {leaders_[follower.leader], follower.suffix,
                                                       follower.has_leaders_a};
    }
    void imported_host(const ipc::ImportedHost& host) override
    {
        report_.imported_[host.host.to_text()] = {host.address4, host.address6, host.expires, {}, {}};
    }

private:
    StateReport& report_;
    std::map<ipc::HostIndex, std::string> leaders_;
};

StateReport::StateReport(privsep::Inherited& inherited)
{
    if (inherited.descriptors.size() != files_.size()) {
        privsep::fail("the report of the state needs two files");
    }
    std::ranges::move(inherited.descriptors, files_.begin());
    Taker taker{*this};
    if (!read_records(inherited.setup.bytes(), taker)) {
        privsep::fail("the setup is malformed");
    }
    inherited.setup = {};
}

/// A daemon that starts a new generation meanwhile may leave neither file valid for a moment: a result that
/// is seen twice is taken.
journal::Recovery StateReport::read()
{
    Contents contents;
    journal::Recovery found;
    Collector sink{hosts_, challenges_};
    for (int i = 0; i < tries && found.found != journal::Found::state; ++i) {
        Contents again;
        for (std::size_t number = 0; number < files_.size(); ++number) {
            read_file(files_[number], base::filled("{}.{}", {path_, number}), again[number]);
        }
        if (i != 0 && again == contents) {
            break;
        }
        contents = std::move(again);
        hosts_.clear();
        challenges_.clear();
        found = journal::recover(contents[0], contents[1], sink);
    }
    return found;
}

bool StateReport::print()
{
    const journal::Recovery found = read();
    switch (found.found) {
    case journal::Found::state:
        break;
    case journal::Found::fresh:
        hosts_ = std::move(imported_);
        break;
    case journal::Found::damaged:
    case journal::Found::newer:
    case journal::Found::lost:
        std::fprintf(stderr, "%s\n", journal::describe_error(found, path_).c_str());
        return false;
    }
    print_all(describe(found) + table() + challenges());
    return true;
}

std::string StateReport::describe(const journal::Recovery& found) const
{
    if (found.found == journal::Found::fresh) {
        std::string text = base::filled("state         none in {}.0 and {}.1", {path_, path_});
        if (!hosts_.empty()) {
            base::append(text, ": the next start imports {}", {path_});
        }
        return text + "\n";
    }
    std::string text = base::filled(
        "state         {}.{}, generation {}, {} bytes\n"
        "serial        {}\n"
        "last stored   {}\n",
        {path_, found.live, found.generation, found.good_end, found.serial, time_text(found.stamp)});
    if (found.torn_bytes == 0) {
        return text + "incomplete    none\n";
    }
    base::append(text, "incomplete    {} bytes of a record at byte {}: the next start removes them\n",
                 {found.torn_bytes, found.good_end});
    return text;
}

/// Each host that can be updated, and each other host that still has addresses.
StateReport::Hosts StateReport::all_hosts() const
{
    Hosts all = configured_;
    for (const auto& [name, records] : hosts_) {
        if (has_data(records)) {
            all[name] = records;
        }
        if (never_.contains(name) && records.expires > now_) {
            all[name].expires = base::UnixTime{base::never};
        }
    }
    for (const auto& [name, follower] : followers_) {
        const Departed::Records& leader = all[follower.leader];
        Departed::Records records = leader;
        records.a = follower.has_leaders_a ? leader.a : std::nullopt;
        records.aaaa.reset();
        if (leader.prefix) {
            records.aaaa = base::with_suffix(*leader.prefix, follower.suffix);
        }
        records.prefix.reset();
        all[name] = records;
    }
    return all;
}

std::string StateReport::fate_of(const std::string& name, const Departed::Records& records) const
{
    std::string text = expiry_text(records.expires, now_);
    if (const auto follower = followers_.find(name); follower != followers_.end()) {
        return text + ", follows " + follower->second.leader;
    }
    const bool has_left = has_config_ ? !configured_.contains(name) : records.left.has_value();
    return has_left ? text + ", no token in the config" : text;
}

std::string StateReport::table() const
{
    const Hosts all = all_hosts();
    std::size_t name_width = 0;
    std::size_t address_width = 0;
    std::size_t with_addresses = 0;
    for (const auto& [name, records] : all) {
        name_width = std::max(name_width, name.size());
        address_width = std::max(address_width, addresses(records).size());
        with_addresses += records.a || records.aaaa ? 1U : 0U;
    }
    std::string text = base::filled("addresses     of {} hosts\n", {with_addresses});
    for (const auto& [name, records] : all) {
        text += padded(name, name_width) + "  ";
        text += has_data(records) ? padded(addresses(records), address_width) + "  " + fate_of(name, records)
                                  : addresses(records);
        text += '\n';
    }
    return text;
}

/// Nothing if there are none.
std::string StateReport::challenges() const
{
    std::string text;
    for (const auto& [name, challenge] : challenges_) {
        for (const journal::ChallengeValue& value : challenge.values()) {
            const bool has_left = has_config_ && !challenge_hosts_.contains(name);
            base::append(text, "_acme-challenge.{}  {}  {}{}\n",
                         {name, base::as_text(value.text), expiry_text(value.expires, now_),
                          has_left ? ", not in the config" : ""});
        }
    }
    return text.empty() ? text : "challenges\n" + text;
}

} // namespace keeper
