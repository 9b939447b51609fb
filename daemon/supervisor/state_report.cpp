#include "daemon/supervisor/state_report.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <map>
#include <optional>
#include <unistd.h>

#include "daemon/supervisor/state_files.h"
#include "privsep/fail.h"
#include "proto/base/bytes.h"
#include "proto/base/text.h"
#include "proto/journal/recovery.h"

namespace supervisor
{

namespace
{

constexpr std::size_t longest_file = std::size_t{1} << 30;
constexpr int tries = 20; ///< where somebody writes between our reading one file and the other

/// The last entry of each host.
struct Addresses : journal::Sink {
    std::map<std::string, std::optional<base::UnixTime>> expire; ///< nothing: it has no address
    void host(const journal::HostEntry& entry) override
    {
        expire[entry.name.to_text()] = entry.a || entry.aaaa ? std::optional{entry.expires} : std::nullopt;
    }
    void zone(const journal::ZoneEntry& /*entry*/) override {}
};

using Contents = std::array<std::string, 2>;

bool is_missing(const std::string& path)
{
    return ::access(path.c_str(), F_OK) != 0 && errno == ENOENT;
}

Contents read_both(const std::string& path)
{
    Contents contents;
    for (std::size_t number = 0; number < contents.size(); ++number) {
        const std::string name = base::filled("{}.{}", {path, number});
        if (!is_missing(name)) {
            FileContent file = read_file(name, longest_file);
            if (!file.fault.empty()) {
                privsep::fail("{}", {file.fault});
            }
            contents[number] = std::move(file.text);
        }
    }
    return contents;
}

journal::Recovery recover(const Contents& contents, Addresses& addresses)
{
    addresses.expire.clear();
    return journal::recover(base::as_bytes(contents[0]), base::as_bytes(contents[1]), addresses);
}

std::string time_text(base::UnixTime time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return base::filled("{}", {seconds});
    }
    return text.data();
}

std::string describe(const std::string& path, const journal::Recovery& found, const Addresses& addresses)
{
    std::size_t hosts = 0;
    base::UnixTime first = base::UnixTime::max();
    base::UnixTime last = base::UnixTime::min();
    for (const auto& [name, time] : addresses.expire) {
        if (time) {
            ++hosts;
            first = std::min(first, *time);
            last = std::max(last, *time);
        }
    }
    std::string text = base::filled(
        "state         {}.{}, generation {}, {} octets\n"
        "serial        {}\n"
        "hosts         {} with addresses\n"
        "last stored   {}\n",
        {path, found.live, found.generation, found.good_end, found.serial, hosts, time_text(found.stamp)});
    if (hosts != 0) {
        base::append(text,
                     "first to end  {}\n"
                     "last to end   {}\n",
                     {time_text(first), time_text(last)});
    }
    if (found.torn_octets == 0) {
        return text + "torn          none\n";
    }
    base::append(text,
                 "torn          {} octets of a record that was not written to its end, at {}: a start cuts "
                 "them off\n",
                 {found.torn_octets, found.good_end});
    return text;
}

} // namespace

StateReport report_state(const std::string& path)
{
    Contents contents;
    Addresses addresses;
    journal::Recovery found;
    // A daemon that begins a new generation meanwhile shows us neither: what is so twice is so.
    for (int i = 0; i < tries && found.found != journal::Found::state; ++i) {
        Contents again = read_both(path);
        if (i != 0 && again == contents) {
            break;
        }
        contents = std::move(again);
        found = recover(contents, addresses);
    }
    switch (found.found) {
    case journal::Found::state:
        return {true, describe(path, found, addresses)};
    case journal::Found::fresh:
        break;
    case journal::Found::damaged:
    case journal::Found::newer:
        return {false, journal::describe_fault(found) + '\n'};
    }
    const std::string takes_over = is_missing(path) ? "" : ": a start takes over " + path;
    return {true, base::filled("state         none in {}.0 and {}.1{}\n", {path, path, takes_over})};
}

} // namespace supervisor
