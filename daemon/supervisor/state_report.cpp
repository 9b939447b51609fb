#include "daemon/supervisor/state_report.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <map>
#include <string_view>
#include <unistd.h>
#include <vector>

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

/// The last entry of each host, of those that have an address then.
struct Addresses : journal::Sink {
    std::map<std::string, base::UnixTime> expires;
    void host(const journal::HostEntry& entry) override
    {
        if (entry.a || entry.aaaa) {
            expires[entry.name.to_text()] = entry.expires;
        } else {
            expires.erase(entry.name.to_text());
        }
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
        const std::string name = base::joined({path, ".", number});
        if (!is_missing(name)) {
            FileContent file = read_file(name, longest_file);
            if (!file.fault.empty()) {
                privsep::fail({file.fault});
            }
            contents[number] = std::move(file.text);
        }
    }
    return contents;
}

journal::Recovery recover(const Contents& contents, Addresses& addresses)
{
    addresses.expires.clear();
    return journal::recover(base::as_bytes(contents[0]), base::as_bytes(contents[1]), addresses);
}

std::string time_text(base::UnixTime time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        return std::to_string(seconds);
    }
    return text.data();
}

std::string line(std::string_view name, std::initializer_list<base::Piece> value)
{
    constexpr std::size_t column = 14;
    std::string text{name};
    text.resize(std::max(column, text.size() + 1), ' ');
    return base::joined({text, base::joined(value), "\n"});
}

std::string describe_expiries(const Addresses& addresses)
{
    std::vector<base::UnixTime> times;
    for (const auto& [name, time] : addresses.expires) {
        times.push_back(time);
    }
    if (times.empty()) {
        return "";
    }
    const auto [first, last] = std::minmax_element(times.begin(), times.end());
    return base::joined({line("first to end", {time_text(*first)}), line("last to end", {time_text(*last)})});
}

std::string describe(const std::string& path, const journal::Recovery& found, const Addresses& addresses)
{
    const std::string torn =
        found.torn_octets == 0
            ? "none"
            : base::joined({found.torn_octets, " octets of a record that was not written to its end, at ",
                            found.good_end, ": a start cuts them off"});
    return base::joined(
        {line("state",
              {path, ".", found.live, ", generation ", found.generation, ", ", found.good_end, " octets"}),
         line("serial", {found.serial}), line("hosts", {addresses.expires.size(), " with addresses"}),
         line("last stored", {time_text(found.stamp)}), describe_expiries(addresses), line("torn", {torn})});
}

} // namespace

StateReport report_state(const std::string& path)
{
    Contents contents = read_both(path);
    Addresses addresses;
    journal::Recovery found = recover(contents, addresses);
    // A daemon that begins a new generation meanwhile shows us neither: what is so twice is so.
    for (int i = 0; i < tries && found.found != journal::Found::state; ++i) {
        Contents again = read_both(path);
        if (again == contents) {
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
    const bool has_predecessor = !is_missing(path);
    const std::string takes_over =
        has_predecessor ? base::joined({": a start takes over ", path}) : std::string{};
    return {true, line("state", {"none in ", path, ".0 and ", path, ".1", takes_over})};
}

} // namespace supervisor
